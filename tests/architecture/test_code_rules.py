"""The rules of the architecture, checked in the source."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

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


@cache
def tree(path: Path) -> ast.Module:
    """A module, parsed once for all rules."""
    return ast.parse(path.read_text())


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree(path)))


def broken(modules: Iterable[Path], rule: Callable[[Path], Iterator[str]]) -> list[str]:
    """What of each module breaks a rule."""
    return [f"{name_of(path)}, {fault}" for path in modules for fault in rule(path)]


def test_docstring_says_what_the_module_is_for() -> None:
    def rule(path: Path) -> Iterator[str]:
        text = ast.get_docstring(tree(path))
        if not text:
            yield "a module without a docstring"
            return
        first = text.splitlines()[0]
        if not (first.rstrip().endswith((".", ":", ",", ";")) or "\n" in text) or len(first) <= 10:
            yield f"no sentence: {first}"

    assert broken([*MODULES, *OF_CLIENT], rule) == []


def test_time_is_read_through_the_clock_only() -> None:
    def rule(path: Path) -> Iterator[str]:
        for node in nodes(path):
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                continue
            if (node.value.id, node.attr) in READERS_OF_TIME:
                yield f"line {node.lineno}"

    assert broken([path for path in [*OURS, *OF_CLIENT] if path.name != "clock.py"], rule) == []


def test_randomness_comes_from_one_module_only() -> None:
    def rule(path: Path) -> Iterator[str]:
        for node in nodes(path):
            if isinstance(node, ast.Import) and {alias.name for alias in node.names} & {"random", "secrets"}:
                yield f"line {node.lineno}"
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in ("uuid1", "uuid4"):
                yield f"line {called.lineno}"

    assert broken([path for path in [*OURS, *OF_CLIENT] if path.name != "randomness.py"], rule) == []


def test_no_module_is_named_utils_or_helpers() -> None:
    def rule(path: Path) -> Iterator[str]:
        names = {part.removesuffix(".py") for part in path.relative_to(PACKAGE).parts}
        yield from {"utils", "util", "helpers", "helper", "common", "misc"} & names

    assert broken(MODULES, rule) == []


def test_no_boolean_parameter_weakens_a_check() -> None:
    weak = {"verify", "strict", "check", "insecure", "unsafe", "skip", "force", "validate"}

    def rule(path: Path) -> Iterator[str]:
        for node in nodes(path):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if weak & {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}:
                yield f"{node.name} at line {node.lineno}"

    assert broken([*OURS, *OF_CLIENT], rule) == []


def test_frames_with_a_secret_are_hidden_from_the_debug_page() -> None:
    def rule(path: Path) -> Iterator[str]:
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef) and SECRETS & {a.arg for a in node.args.args if is_text(a)}:
                shown = [ast.unparse(decorator) for decorator in node.decorator_list]
                one_liner = len(node.body) <= 2
                if not one_liner and not any("sensitive_variables" in text for text in shown):
                    yield f"{node.name}, line {node.lineno}"

    assert broken([path for path in OURS if not FORMATS & set(path.relative_to(PACKAGE).parts)], rule) == []


def test_no_handler_ignores_every_exception() -> None:
    def rule(path: Path) -> Iterator[str]:
        for node in nodes(path):
            if not isinstance(node, ast.ExceptHandler) or not all(isinstance(step, ast.Pass) for step in node.body):
                continue
            if node.type is None or ast.unparse(node.type) == "Exception":
                yield f"line {node.lineno}"

    assert broken([*OURS, *OF_CLIENT], rule) == []


def test_modules_stay_small() -> None:
    def rule(path: Path) -> Iterator[str]:
        most = 450 if path.name == "errors.py" else 320  # errors.py is one long list
        lines = len(path.read_text().splitlines()) - documentation(path)
        if lines > most:
            yield f"{lines} lines"

    assert broken([*OURS, *OF_CLIENT], rule) == []


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
