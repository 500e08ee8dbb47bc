"""No tree can crash the auditor, and what it does not read it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from django_bearer_audit.command import CLEAN, FOUND, FailOn, Format, Options, run
from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Report

SETTINGS = "INSTALLED_APPS = []\nSECRET_KEY = 'in the source'\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "settings.py").write_text(SETTINGS)
    return tmp_path


def reasons(report: Report) -> dict[str, str]:
    return {skip.path: skip.reason for skip in report.skipped}


@pytest.mark.parametrize(
    "data",
    [
        b"def broken(:\n",
        b"print 'two'\n",
        b"x = '\xff\xfe'\n",
        b"# coding: no-such-code\nx = 1\n",
        b"x = 1\0\n",
        b"(" * 5000 + b")" * 5000,
        b"x = " + b"-" * 60_000 + b"1\n",
    ],
    ids=["truncated", "python 2", "bytes", "codec", "null", "brackets", "signs"],
)
def test_what_does_not_parse_is_reported(project: Path, data: bytes) -> None:
    (project / "shop" / "views.py").write_bytes(data)
    report = audit(project)
    assert "shop/views.py" in reasons(report)
    assert {finding.rule for finding in report.findings} >= {"BT401"}


@pytest.mark.parametrize(
    "source",
    [
        "from .settings import *\nfrom shop.settings import *\n",
        "A = B\nB = A\nX = [*X]\n",
        "SECRET_KEY = 'x' * 10 ** 10\nDEBUG = '%999999999d' % 1\n",
        "X = " + "[" * 60 + "]" * 60 + "\nSECRET_KEY = X[0][1:2]['a'].b()\n",
        "SECRET_KEY = " + " + ".join(["'a'"] * 900) + "\n",
        "from datetime import timedelta\nSIMPLE_JWT = {'ACCESS_TOKEN_LIFETIME': timedelta(days=10**30)}\n",
        "X = 3\n" + "X = X * X\n" * 60,
        "X = ['a']\n" + "X = X + X\n" * 60,
        "X = ['a']\n" + "X = [X, X]\n" * 60 + "SECRET_KEY = str(X)\nDEBUG = X\n",
        "X = {'a': 1}\n" + "X = {'a': X, 'b': X}\n" * 60 + "SIMPLE_JWT = X\n",
        "X = f()\n" + "X = (X + X) if a() else X\n" * 60 + "DEBUG = X\n",
        "class A(B): pass\nclass B(A): pass\n",
        "DEBUG = 1 if (SECRET_KEY := input()) else {**DEBUG, None: 3}\n",
        "globals().update(x=1)\nvars()['DEBUG'] = True\nDEBUG, *REST = 1, 2\n",
        "REST_FRAMEWORK = {1: 2, **{}, 'DEFAULT_PERMISSION_CLASSES': [x for x in y]}\n",
    ],
)
def test_odd_settings_do_not_break_a_rule(project: Path, source: str) -> None:
    (project / "shop" / "settings.py").write_text("INSTALLED_APPS = ['rest_framework']\n" + source)
    report = audit(project)
    assert not [skip for skip in report.skipped if "failed" in skip.reason]


def test_links_and_big_files_are_left_out(project: Path) -> None:
    os.symlink(project, project / "shop" / "loop")
    os.symlink("nowhere.py", project / "shop" / "gone.py")
    (project / "large.html").write_text("x" * 1_100_000)
    (project / "bundle.js").write_text("x" * 8_100_000)
    (project / "node_modules").mkdir()
    found = reasons(audit(project))
    assert found["shop/loop"] == found["shop/gone.py"] == "symbolic link"
    assert (found["large.html"], found["bundle.js"]) == ("larger than 1000 kB", "larger than 8000 kB")
    assert found["node_modules"] == "installed packages"


UNREAD = {
    "large": lambda tree: (tree / "views.py").write_text("#" * 1_000_001),
    "unparsed": lambda tree: (tree / "views.py").write_text("except A, B:\n"),
    "link": lambda tree: os.symlink("views.txt", tree / "views.py"),
    "link to source": lambda tree: os.symlink("manage.py", tree / "views.py"),
    "link to a folder": lambda tree: (os.mkdir(tree / "dist"), os.symlink("dist", tree / "shop")),
    "link to a folder of source": lambda tree: (
        os.mkdir(tree / "real"),
        (tree / "real" / "a.py").touch(),
        os.symlink("real", tree / "shop"),
    ),
    "pipe": lambda tree: os.mkfifo(tree / "views.py"),
    "deep": lambda tree: os.makedirs(tree / "/".join("d" * 70)),
    "compiled": lambda tree: (tree / "views.pyc").touch(),
    "extension": lambda tree: (tree / "views.cpython-313-x86_64-linux-gnu.so").touch(),
    "requirements": lambda tree: (tree / "requirements.txt").write_text("#" * 1_000_001),
}


@pytest.mark.parametrize("kind", UNREAD)
@pytest.mark.parametrize("form", Format)
def test_what_could_not_be_read_is_no_clean_result(
    tmp_path: Path, kind: str, form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "build"))
    (tmp_path / "manage.py").touch()
    UNREAD[kind](tmp_path)
    said: list[str] = []
    for cache in (False, True, True):
        assert run(Options(tmp_path, form, cache=cache, shown=said.append)) == FOUND
    assert run(Options(tmp_path, form, cache=False, fail_on=FailOn.NEVER, shown=said.append)) == CLEAN
    sign = {
        "text": "incomplete: ",
        "json": '"complete": false',
        "sarif": '"executionSuccessful": false',
        "github": "::error title=django-bearer::incomplete: ",
        "junit": 'errors="1"',
        "html": "The result is incomplete: 1 not read.",
    }[form]
    assert all(sign in each for each in said)


@pytest.mark.parametrize("form", [Format.TEXT, Format.JSON])
def test_the_route_table_names_what_could_not_be_read(tmp_path: Path, form: Format) -> None:
    (tmp_path / "views.py").write_text("except A, B:\n")
    (tmp_path / "build").mkdir()
    said: list[str] = []
    assert run(Options(tmp_path, form, routes=True, shown=said.append)) == CLEAN
    assert {"text": "\nincomplete: views.py: does not parse", "json": '"path": "views.py"'}[form] in said[0]
    assert "build" not in said[0]


@pytest.mark.parametrize("reason", ["build output", "symbolic link to what is read", "data larger than 1000 kB"])
def test_what_is_no_part_of_the_program_is_left_out(tmp_path: Path, reason: str) -> None:
    {
        "build output": lambda: (tmp_path / "build").mkdir(),
        "symbolic link to what is read": lambda: ((tmp_path / "a.js").touch(), os.symlink("a.js", tmp_path / "b.js")),
        "data larger than 1000 kB": lambda: (tmp_path / "words.txt").write_text("x\n" * 600_000),
    }[reason]()
    assert [skip.reason for skip in audit(tmp_path).skipped] == [reason]
    assert run(Options(tmp_path, cache=False, shown=lambda said: None)) == CLEAN


def test_a_file_that_marks_a_virtual_environment_hides_nothing(project: Path) -> None:
    (project / "shop" / "pyvenv.cfg").touch()
    (project / "shop" / "lib" / "python3.13" / "site-packages").mkdir(parents=True)
    report = audit(project)
    assert {finding.rule for finding in report.findings} >= {"BT401"}
    assert reasons(report) == {"shop/lib/python3.13/site-packages": "installed packages"}


def test_the_code_of_the_project_is_never_run(project: Path) -> None:
    trap = f"open({str(project / 'ran')!r}, 'w')\n"
    for name in ("settings.py", "__init__.py", "wsgi.py", "sitecustomize.py"):
        (project / "shop" / name).write_text(SETTINGS + trap)
    (project / "manage.py").write_text(trap)
    audit(project)
    (project / "shop" / "conftest.py").write_text(trap)
    audit(project)
    assert not (project / "ran").exists()


def test_a_large_tree_is_checked_on_the_second_core(project: Path) -> None:
    for number in range(200):
        (project / f"m{number}.py").write_text("x = 1\n" if number else "x = (\n")
    (project / "json.py").write_text("raise SystemExit('the audited tree was imported')\n")
    assert list(reasons(audit(project))) == ["m0.py"]


def test_settings_that_are_nested_too_deeply_to_follow_are_no_clean_result(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "build"))
    (project / "shop" / "settings.py").write_text("if a:\n    pass\n" + "elif b: pass\n" * 1_500 + SETTINGS)
    for remember in (False, True, True):
        unread = audit(project, remember=remember).unread
        assert [(each.path, each.reason) for each in unread] == [("shop/settings.py", "nested too deeply to follow")]
