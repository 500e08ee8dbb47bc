"""What is left out by its name although the program uses it: an app called `build` is an app all the same."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project.files import Tree
from django_bearer_audit.project.ledger import Search
from django_bearer_audit.project.source import Module

_TEST = "tests are not scanned by default"
_BY_NAME = frozenset(
    {
        _TEST,
        "migrations are not scanned by default",
        "vendored code",
        "virtual environment",
        "build output",
    }
)
_NAMES = r"test_\w+|\w+_test|tests|conftest"
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_RUNNERS = frozenset({"manage.py", "setup.py", "runtests.py", "run_tests.py", "noxfile.py", "tasks.py", "fabfile.py"})
_COMMANDS = "/management/commands/"
"""Run by hand, and often with test data."""
_MOST, _LONGEST = 1_000, 300
Facts = Callable[[str, Search, Callable[[Module], Iterable[Any]]], Iterator[Any]]


def used(tree: Tree, from_modules: Facts) -> Iterator[Skipped]:
    """Python files that no rule has seen and that a file which was read imports, or names in a string."""
    left = {each.path: each.reason for each in tree.skipped if each.reason in _BY_NAME}
    words = sorted({re.escape(path.rpartition("/")[2]) for path in left if not path.endswith(".py")})
    if not left:
        return
    name = "|".join([*words, _NAMES])
    pattern = rf"(?:\bimport\b|\bfrom\b|[.,(\"'])[\s\\]*(?:{name})(?=[\s.,;)\"'\\#]|$)|^[ \t]*(?:{name})\b"
    search = ("pattern", str(int(re.M)), pattern)
    found: dict[str, str] = {}
    for importer, dotted in from_modules(f"left out {name}", search, _named):
        for path, reason in _meant(tree.root, importer, dotted, left):
            if reason != _TEST or not _tests(importer):
                found.setdefault(path, importer)
    yield from (Skipped(path, f"left out by its name, but used: {by}") for path, by in sorted(found.items())[:_MOST])


def _named(module: Module) -> Iterator[tuple[str, str]]:
    """(this file, dotted name) of whatever a module imports or names; a relative import begins with its dots."""
    for plain in module.nodes(ast.Import):
        yield from ((module.path, alias.name) for alias in plain.names)
    for node in module.nodes(ast.ImportFrom):
        origin = "." * node.level + (node.module or "")
        yield module.path, origin
        before = f"{origin}." if node.module else origin
        yield from ((module.path, before + each.name) for each in node.names)
    runner = {part for each in module.nodes(ast.Assign) if _is_runner(each) for part in ast.walk(each)}
    for text in module.nodes(ast.Constant):
        if text not in runner and isinstance(text.value, str) and _DOTTED.fullmatch(text.value[:_LONGEST]):
            yield module.path, text.value
            yield module.path, text.value.rpartition(".")[0]


def _tests(path: str) -> bool:
    """Whether a file may well use test code: it starts the tests, or is run by hand."""
    return path.rpartition("/")[2] in _RUNNERS or _COMMANDS in f"/{path}"


def _is_runner(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "TEST_RUNNER" for target in node.targets)


def _meant(root: Path, importer: str, dotted: str, left: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The files left out that a dotted name may mean in a file, each with why."""
    parts = importer.split("/")[:-1]
    name = dotted.lstrip(".")
    if level := len(dotted) - len(name):
        above = ["/".join(parts[: max(0, len(parts) - level + 1)])]
    else:
        above = ["/".join(parts[:length]) for length in range(len(parts), -1, -1)]
        above += [f"{folder}/src".lstrip("/") for folder in above]
    for folder in above:
        stem = f"{folder}/{name.replace('.', '/')}".strip("/")
        inside = next((reason for each, reason in left.items() if f"{stem}/".startswith(f"{each}/")), None)
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            reason = left.get(path, inside)
            if reason and _holds(os.path.join(root, path)):
                yield path, reason


def _holds(file: str) -> bool:
    """Whether there is a file that is not empty."""
    try:
        return os.lstat(file).st_size > 0
    except (OSError, ValueError):
        return False
