"""Syntax newer than the auditor's Python: read by the grammar where it is installed, else named as not read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from django_bearer_audit.command import FOUND, Options, run
from django_bearer_audit.engine import audit
from django_bearer_audit.project import Project, newer_syntax
from django_bearer_audit.project.newer_syntax import in_older_words

SAME = [
    ("type Pair[T] = tuple[T, T]\n", "Pair = tuple[T, T]\n"),
    ("if 1:\n    type A = (\n        int)\n    b = 2\n", "if 1:\n    A = (\n        int)\n    b = 2\n"),
    ("def f[T: int, *U = int](a: T) -> T:\n    return a\n", "def f(a: T) -> T:\n    return a\n"),
    ("class A[T](B):\n    async def f[\n        T,\n    ](self): ...\n", "class A(B):\n    async def f(self): ...\n"),
    ("try:\n    a()\nexcept A, b.C:\n    pass\n", "try:\n    a()\nexcept (A, b.C):\n    pass\n"),
    ("try:\n    a()\nexcept* A, B:\n    pass\n", "try:\n    a()\nexcept* (A, B):\n    pass\n"),
    ('a = t"{b}"\n', 'a = f"{b}"\n'),
    ("a = rt'b'\n", "a = rf'b'\n"),
    ('a = f"{b["c"]} {d!r:>{e}}"\n', "a = f\"{b['c']} {d!r:>{e}}\"\n"),
    ('a = f"{f"{f"{1}"}"}"\n', 'a = f"""{f\'\'\'{f"{1}"}\'\'\'}"""\n'),
    ('a = f"{\n    b  # the "first"\n}"\n', 'a = f"{b}"\n'),
    ("a = f\"{'\\n'.join(b)}\"\n", "a = f\"{'  '.join(b)}\"\n"),
    ('a = f"{b["é"]}"\n', "a = f\"{b['é']}\"\n"),
]


@pytest.mark.parametrize(("newer", "older"), SAME)
def test_newer_syntax_is_read_as_what_means_the_same(newer: str, older: str) -> None:
    told = in_older_words(newer.encode())
    assert told is not None
    assert ast.dump(ast.parse(told)) == ast.dump(ast.parse(older))
    assert told.count(b"\n") == newer.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "def (:\n",
        "print 'x'\ntry:\n    pass\nexcept A, e:\n    pass\n",
        "type = 3\ntype(x)\n",
        "a = f'{b}'\n",
        "match a:\n    case [b, *c]: pass\n",
        "a: list[int] = []\n",
        "try:\n    pass\nexcept (A, B):\n    pass\n",
    ],
)
def test_what_is_not_newer_stays(text: str) -> None:
    assert in_older_words(text.encode()) is None


VIEW = """import jwt
type Claims[T] = dict[str, T]
class Reader[T]:
    def read(self, request):
        try:
            return jwt.decode(request.POST["token"], options={"verify_signature": False})["user_id"]
        except KeyError, ValueError:
            return t"{request.POST["token"]}"
"""


def test_a_file_with_newer_syntax_is_audited_and_its_lines_stay(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text(VIEW)
    report = audit(tmp_path)
    assert [(each.rule, each.where.line_start) for each in report.findings] == [("BT403", 6)]
    assert report.skipped == ()


def test_decorators_classes_and_calls_are_there(tmp_path: Path) -> None:
    text = "@public\ndef view[T](request):\n    return answer(T)\n"
    (tmp_path / "views.py").write_text(text)
    module = Project(tmp_path).python.module("views.py")
    assert module is not None
    (view,) = module.nodes(ast.FunctionDef)
    assert [ast.unparse(each) for each in view.decorator_list] == ["public"]
    assert [call.lineno for call in module.nodes(ast.Call)] == [3]


def test_without_the_grammar_the_file_is_named_and_the_result_is_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(newer_syntax, "available", lambda: False)
    (tmp_path / "views.py").write_text("except_ = 1\n" + VIEW)
    assert [each.path for each in audit(tmp_path).skipped] == ["views.py"]
    assert run(Options(tmp_path, cache=False)) == FOUND
    assert "incomplete: views.py" in capsys.readouterr().out


def test_what_no_python_reads_is_named(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text(VIEW + "def (:\n")
    assert [each.path for each in audit(tmp_path).skipped] == ["views.py"]
