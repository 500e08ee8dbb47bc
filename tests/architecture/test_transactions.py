"""docs/explain/transactions.md lists every write that may be deferred, with the reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "library" / "src" / "django_bearer"
LATE = {"write_despite_refusal", "write_with_caller", "write_after_commit", "on_commit", "once_committed"}
"""Functions that defer a write or retry it."""


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The outermost functions of a module and the methods of its classes, by their names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{method.name}", method


def deferred_writes(tree: ast.Module) -> Iterator[str]:
    """The functions that defer a write."""
    for name, function in functions(tree):
        for node in ast.walk(function):
            called = node.func if isinstance(node, ast.Call) else None
            if getattr(called, "id", getattr(called, "attr", "")) in LATE:
                yield name


def test_the_list_of_deferred_writes_is_complete() -> None:
    found = {
        f"{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}.{name}"
        for path in PACKAGE.rglob("*.py")
        if "audit" not in path.parts
        for name in deferred_writes(ast.parse(path.read_text()))
    }
    page = (ROOT / "docs" / "explain" / "transactions.md").read_text()
    listed = {row[0]: row[1:] for row in re.findall(r"^\| `([\w.]+)` \| (.+) \| (.+) \|$", page, re.MULTILINE)}
    assert set(listed) == found, "say in docs/explain/transactions.md when each is written, and why it may be late"
