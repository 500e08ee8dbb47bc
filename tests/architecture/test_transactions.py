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


def deferred_writes(tree: ast.Module) -> Iterator[str]:
    """The outermost functions that defer a write."""
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                called = node.func if isinstance(node, ast.Call) else None
                if getattr(called, "id", getattr(called, "attr", "")) in LATE:
                    yield function.name


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
