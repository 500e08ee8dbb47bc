"""Walks over syntax trees, quicker than those of `ast`: most questions about a program are asked by walking it.

The order is that of `ast.walk`. Left out is what says only whether a name is read or written, which every name has.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_PLAIN = frozenset({"ctx", "id", "attr", "kind", "type_comment", "conversion", "level", "simple", "is_async"})
"""Fields below which no tree hangs."""


_LEAVES = frozenset({ast.Name, ast.Constant, ast.Pass, ast.alias, ast.Break, ast.Continue})
"""What has nothing below it: more than half of all nodes."""
_ONLY_NODES = frozenset({"args", "keywords", "body", "orelse", "targets", "elts", "values", "generators"})
"""Lists that hold nothing else."""


class _Below(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each kind of node that may hold further nodes."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        plain = _PLAIN | {"value"} if kind is ast.Constant else _PLAIN
        self[kind] = tuple(name for name in kind._fields if name not in plain)
        return self[kind]


_below = _Below()


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, level by level."""
    waiting = [node]
    for each in waiting:
        waiting += children(each)
        yield each


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one, in the order of the text."""
    kind = node.__class__
    if kind in _LEAVES:
        return []
    if kind is ast.Attribute:
        return [node.value]  # type: ignore[attr-defined]
    found: list[ast.AST] = []
    for name in _below[kind]:
        held = getattr(node, name, None)
        if held.__class__ is list:
            found += held if name in _ONLY_NODES else [part for part in held if isinstance(part, ast.AST)]
        elif isinstance(held, ast.AST):
            found.append(held)
    return found
