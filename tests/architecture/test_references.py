"""What docstrings, comments and pages refer to exists: names, modules, files, settings, requirements of standards."""

from __future__ import annotations

import ast
import builtins
import importlib
import io
import keyword
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import global_settings

from django_bearer.conf import TABLE, client_readers

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "library" / "src" / "django_bearer"
REQUIREMENTS = ROOT / "docs" / "reference" / "requirements.md"
OF_OTHERS = frozenset(
    """AbstractBaseUser CSP Decimal LoginRequiredMixin NONCE TestCase User cache_page close_old_connections csp
    EventSource connect_src constants durable enterContext media otp setup_test_environment token_type_hint slug team
    tag""".split()  # noqa: SIM905
)
"""Names of other packages, and of examples, that docstrings tell of and that our code does not use."""
LOGGERS = frozenset({"django_bearer.debug", "django_bearer.security"})
PRODUCTS = (ROOT, ROOT / "library", ROOT / "auditor", ROOT / "migrator", ROOT / "client-python")
_QUOTED = re.compile(r"`([^`\n]+)`")
_STRING = re.compile(r'"[^"]*"|\\[xu]\w+')
_WORD = re.compile(r"[A-Za-z_]\w*")
_DOTTED = re.compile(r"(?:\w+\.)+\w+")
_FILE = re.compile(
    r"(?<![\w./:-])(?:docs|library|auditor|migrator|client-js|client-python|demo|benchmarks|tools|tests)/[\w./<>-]*\w\.\w+"
)
_CODE = re.compile(r"(?<![\w-])([A-Z]{2})-(\d\d)(?: to \1-(\d\d))?(?![\w-])")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Docstrings and comments of a module, each with its line."""
    source = path.read_text()
    for node in ast.walk(ast.parse(source)):
        if is_docstring(node):
            yield node.lineno, node.value.value  # type: ignore[attr-defined]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def vocabulary() -> frozenset[str]:
    """Every name in the code of the library, every word in its strings, and the names of Python and of Django."""
    found = {*dir(builtins), *keyword.kwlist, *sys.stdlib_module_names, *dir(global_settings), *OF_OTHERS}
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text()
        found |= {*path.relative_to(PACKAGE).with_suffix("").parts, *TABLE, *client_readers.KEYS}
        found |= {
            token.string
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type == tokenize.NAME
        }
        tree = ast.parse(source)
        prose = {id(node.value) for node in ast.walk(tree) if is_docstring(node)}  # type: ignore[attr-defined]
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                found |= set(_WORD.findall(node.value))
    return frozenset(found)


@cache
def modules() -> dict[str, str]:
    """The dotted name of each module and package of the library, by its path in the package."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE).with_suffix("")
        parts = inside.parts[:-1] if inside.name == "__init__" else inside.parts
        if parts and "migrations" not in parts:
            found[".".join(parts)] = ".".join(("django_bearer", *parts))
    return found


def missing_names(text: str) -> list[str]:
    """Quoted names in a docstring that no code has."""
    found = []
    for quoted in _QUOTED.findall(text):
        code = _STRING.sub("", _FILE.sub("", quoted))
        found += [word for word in _WORD.findall(code) if word not in vocabulary() and not word.endswith("_")]
        found += [name for name in _DOTTED.findall(quoted) if _is_ours(name) and not resolves(name)]
    return found


def _is_ours(name: str) -> bool:
    """Whether a dotted name begins with a module at the top of the library. The name of a logger is none."""
    first = name.split(".")[0]
    return first in modules() or (first == "django_bearer" and name not in LOGGERS)


def resolves(name: str) -> bool:
    parts = name.removeprefix("django_bearer.").split(".")
    found: Any = importlib.import_module("django_bearer")
    for number, part in enumerate(parts, 1):
        if isinstance(found, ModuleType) and ".".join(parts[:number]) in modules():
            found = importlib.import_module(modules()[".".join(parts[:number])])
        elif hasattr(found, part):
            found = getattr(found, part)
        else:
            return part in getattr(found, "__annotations__", {})
    return True


def test_names_in_docstrings_and_comments_exist() -> None:
    assert [
        (str(path.relative_to(PACKAGE)), line, missing)
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in texts(path)
        if (missing := missing_names(text))
    ] == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Holds what `surelyness` is given.", 1),
        ("The count (`sessions.rehash`), see `accounts.rehash`.", 1),
        ("`conf.schema.TABLE`, `rate_limits.rules`, `functions.login`, `DEBUG`, `request.user`.", 0),
    ],
)
def test_missing_names_are_found(text: str, count: int) -> None:
    assert len(missing_names(text)) == count


def sources() -> list[Path]:
    """What people of the project write: code, tests, programs and pages."""
    folders = (
        "library/src",
        "library/tests",
        "auditor/src",
        "migrator/src",
        "migrator/tests",
        "client-js/src",
        "client-js/test",
        "demo",
        "docs",
        "tests",
    )
    found = [
        path
        for folder in (*folders, "tools", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".ts", ".md") and not {"node_modules", "dist", "migrations"} & set(path.parts)
    ]
    return sorted([*found, *ROOT.glob("*.md")])


def test_files_that_the_code_refers_to_exist() -> None:
    """Also those that a hint or an error names: a reader looks for the file."""
    missing = [
        (str(path.relative_to(ROOT)), name)
        for path in sources()
        if path.suffix != ".md" and "tests" not in path.parts and "test" not in path.parts
        for name in _FILE.findall(path.read_text())
        if "<" not in name and not any((product / name).exists() for product in PRODUCTS)
    ]
    assert missing == []


def test_no_text_refers_to_a_document_that_is_not_in_the_repository() -> None:
    unpublished = re.compile(r"(?<![\w-])DESIGN(?![\w-])")
    assert [str(path) for path in sources() if path != Path(__file__) and unpublished.search(path.read_text())] == []


def codes(text: str) -> set[str]:
    """The codes of requirements in a text, those between the ends of a range included."""
    return {
        f"{kind}-{number:02}"
        for kind, first, last in _CODE.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def test_codes_of_requirements_are_explained() -> None:
    """Every code that a test or a module cites is in the table, and the table explains no other."""
    explained = re.findall(r"^\| ([A-Z]{2}-\d\d) \| [^|]+ \| [^|]+ \|$", REQUIREMENTS.read_text(), re.MULTILINE)
    cited = {code for path in sources() if path != REQUIREMENTS for code in codes(path.read_text())}
    assert len(explained) == len(set(explained))
    assert sorted(cited) == sorted(explained)
