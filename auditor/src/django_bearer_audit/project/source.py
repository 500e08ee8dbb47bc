"""One Python file: its text, its tree and quick ways to ask for parts of it."""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple, TypeVar

from django_bearer_audit.finding import Place, Skipped
from django_bearer_audit.project.newer_syntax import in_older_words
from django_bearer_audit.project.syntax import tree_of
from django_bearer_audit.project.walking import children

Node = TypeVar("Node", bound=ast.AST)
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


class Spot(NamedTuple):
    """Where a statement begins: enough to find it again in a file that has not changed."""

    path: str
    line: int
    column: int


class Module:
    """A parsed file. `path` is relative to the audited folder."""

    def __init__(self, path: str, text: str, tree: ast.Module) -> None:
        self.path = path
        self.text = text
        self.tree = tree

    def __repr__(self) -> str:
        return f"Module({self.path})"

    def place(self, node: ast.AST) -> Place:
        start = getattr(node, "lineno", 1)
        return Place(self.path, start, getattr(node, "end_lineno", None) or start)

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Every node of exactly this type, in source order of the walk."""
        return self._walked[0].get(kind, [])  # type: ignore[return-value]

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """Every statement, at any depth, in the order of a walk: quicker than `nodes`, which enters expressions."""
        return list(_statements(self.tree))

    def spot(self, node: ast.stmt) -> Spot:
        return Spot(self.path, node.lineno, node.col_offset)

    def statement_at(self, spot: Spot) -> ast.stmt:
        """The statement that begins there. Raises `KeyError` when none does."""
        return self._by_spot[spot]

    @cached_property
    def _by_spot(self) -> dict[Spot, ast.stmt]:
        return {self.spot(statement): statement for statement in self.statements}

    @property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return self._walked[1]

    @cached_property
    def _walked(self) -> tuple[dict[type[ast.AST], list[ast.AST]], dict[ast.AST, ast.AST]]:
        """Nodes by their type, and what each stands in: whoever asks for one asks for the other, too."""
        by_type: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        parents: dict[ast.AST, ast.AST] = {}
        waiting: list[ast.AST] = [self.tree]
        for node in waiting:
            by_type[node.__class__].append(node)
            below = children(node)
            if below:
                waiting += below
                parents.update(dict.fromkeys(below, node))
        return by_type, parents

    def enclosing(self, node: ast.AST) -> Iterator[Scope]:
        """The functions and classes around a node, innermost first."""
        above = self.parents.get(node)
        while above is not None:
            if isinstance(above, Scope):
                yield above
            above = self.parents.get(above)

    def function_around(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        for scope in self.enclosing(node):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                return scope
        return None


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, ast.stmt):
            yield node
        for name in ("body", "handlers", "orelse", "finalbody", "cases"):
            waiting.extend(getattr(node, name, ()))


def parse(path: str, data: bytes) -> Module | Skipped:
    """Read a file as this Python would; what it cannot read is a value, not an exception."""
    tree = tree_of(data, path)
    if isinstance(tree, str):
        older = in_older_words(data)
        again = tree if older is None else tree_of(older, path)
        if isinstance(again, str):
            return Skipped(path, tree)
        tree = again
    return Module(path, data.decode("utf-8", "replace"), tree)
