"""The rules of the architecture, checked in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "library" / "src" / "django_bearer"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
OURS = [path for path in MODULES if "audit" not in path.parts and path.name != "cli.py"]
CLIENT = Path(__file__).parents[2] / "client-python" / "src" / "django_bearer_client"
OF_CLIENT = sorted(CLIENT.rglob("*.py"))
READERS_OF_TIME = {
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "monotonic"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("timezone", "now"),
}
SECRETS = {"token", "access_token", "refresh_token", "password", "secret", "master", "plain"}
FORMATS = {"tokens", "keys"}
"""Packages that do not import Django. Their callers hide the frames below them."""


def name_of(path: Path) -> str:
    return str(path.relative_to(CLIENT.parent if CLIENT in path.parents else PACKAGE))


def is_text(argument: ast.arg) -> bool:
    """Whether a parameter is a plain str or bytes. Objects of ours hide their values in their repr."""
    return argument.annotation is not None and ast.unparse(argument.annotation) in ("str", "bytes")


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", [*MODULES, *OF_CLIENT], ids=name_of)
def test_docstring_says_what_the_module_is_for(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text()))
    assert text, "a module without a docstring"
    assert text.splitlines()[0].rstrip().endswith((".", ":", ",", ";")) or "\n" in text
    assert len(text.splitlines()[0]) > 10


@pytest.mark.parametrize("path", [path for path in [*OURS, *OF_CLIENT] if path.name != "clock.py"], ids=name_of)
def test_time_is_read_through_the_clock_only(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in READERS_OF_TIME, f"line {node.lineno}"


@pytest.mark.parametrize("path", [path for path in [*OURS, *OF_CLIENT] if path.name != "randomness.py"], ids=name_of)
def test_randomness_comes_from_one_module_only(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            assert not {alias.name for alias in node.names} & {"random", "secrets"}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ("uuid1", "uuid4"), f"line {node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_named_utils_or_helpers(path: Path) -> None:
    names = {part.removesuffix(".py") for part in path.relative_to(PACKAGE).parts}
    assert not {"utils", "util", "helpers", "helper", "common", "misc"} & names


@pytest.mark.parametrize("path", [*OURS, *OF_CLIENT], ids=name_of)
def test_no_boolean_parameter_weakens_a_check(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}
            weak = {"verify", "strict", "check", "insecure", "unsafe", "skip", "force", "validate"}
            assert not names & weak, f"{node.name} at line {node.lineno}"


@pytest.mark.parametrize("path", [p for p in OURS if not FORMATS & set(p.relative_to(PACKAGE).parts)], ids=name_of)
def test_frames_with_a_secret_are_hidden_from_the_debug_page(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef) and SECRETS & {a.arg for a in node.args.args if is_text(a)}:
            shown = [ast.unparse(decorator) for decorator in node.decorator_list]
            one_liner = len(node.body) <= 2
            hidden = any("sensitive_variables" in text for text in shown)
            assert one_liner or hidden, f"{node.name}, line {node.lineno}"


@pytest.mark.parametrize("path", [*OURS, *OF_CLIENT], ids=name_of)
def test_no_handler_ignores_every_exception(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception"):
            assert not all(isinstance(step, ast.Pass) for step in node.body), f"line {node.lineno}"


@pytest.mark.parametrize("path", [*OURS, *OF_CLIENT], ids=name_of)
def test_modules_stay_small(path: Path) -> None:
    most = 450 if path.name == "errors.py" else 320  # errors.py is one long list
    assert len(path.read_text().splitlines()) - documentation(path) <= most


def documentation(path: Path) -> int:
    """Lines of docstrings: what a function says of itself makes no module long."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [node.body[0] for node in nodes(path) if isinstance(node, documented) and ast.get_docstring(node)]
    return sum((statement.end_lineno or 0) - statement.lineno + 1 for statement in first)


def test_no_limit_is_counted_by_issuer() -> None:
    """If ISSUER is a callable, an attacker can choose it by the Host header; see `rate_limits.rules`."""
    named = [node.arg for node in nodes(PACKAGE / "rate_limits" / "rules.py") if isinstance(node, ast.arg)]
    assert "address" in named
    assert not [name for name in named if "issuer" in name]
