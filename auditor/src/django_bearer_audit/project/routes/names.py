"""What a name in a URLconf stands for: the expressions it was ever given at the top of its module."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.project.imports import Imports, outside
from django_bearer_audit.project.python import PythonIndex
from django_bearer_audit.project.source import Module

Written = tuple[Module, ast.expr]


class Names:
    """Looks up module-level names, in the module and where it imports them from."""

    def __init__(self, python: PythonIndex, imports: Imports) -> None:
        self.python, self.imports = python, imports
        self._stores: dict[str, dict[str, list[ast.expr]]] = {}

    def given(self, module: Module, node: ast.expr) -> list[Written]:
        """Every expression that a name or attribute is given at the top level of the module that owns it."""
        if isinstance(node, ast.Name) and node.id in self.stores(module):
            return [(module, each) for each in self.stores(module)[node.id]]
        qualname = self.imports.qualname(module, node)
        return self.behind(qualname, module) if qualname else []

    def behind(self, qualname: str, importer: Module, depth: int = 0) -> list[Written]:
        owner, _, name = qualname.rpartition(".")
        path = self.python.find(owner, importer.path) if owner else None
        source = self.python.module(path) if path else None
        if source is None or depth > 8:
            return []
        if name in self.stores(source):
            return [(source, each) for each in self.stores(source)[name]]
        further = self.imports.bindings(source).get(name)
        return self.behind(further, source, depth + 1) if further and further != qualname else []

    def module_behind(self, module: Module, node: ast.expr) -> Module | None:
        """The module a name stands for: `from shop import urls`."""
        qualname = self.imports.qualname(module, node)
        path = self.python.find(qualname, module.path) if qualname else None
        return self.python.module(path) if path else None

    def stores(self, module: Module) -> dict[str, list[ast.expr]]:
        if module.path not in self._stores:
            found: dict[str, list[ast.expr]] = {}
            for name, value in _stored(module.tree.body):
                found.setdefault(name, []).append(value)
            self._stores[module.path] = found
        return self._stores[module.path]


def _stored(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for statement in outside(body):
        match statement:
            case ast.Assign(targets=targets, value=value):
                yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                yield name, value
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=arguments)) if (
                arguments and attr in {"append", "extend", "insert"}
            ):
                value = arguments[-1]
                yield name, value if attr == "extend" else ast.List([value])
            case _:
                pass
