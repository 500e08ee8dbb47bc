"""Routers of REST framework, also nested ones: what was registered with which router, and where."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.routes.names import Names
from django_bearer_audit.project.source import Module


class Registration(NamedTuple):
    """`router.register(prefix, viewset)`."""

    prefix: str
    module: Module
    viewset: ast.expr
    call: ast.Call


_Registered = tuple[dict[str, list[Registration]], dict[str, list[str]]]


class Routers:
    """Every registration of the tree by the full name of its router."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._all: Held[str, _Registered] = {}

    def registered(self, module: Module, router: ast.expr) -> list[Registration]:
        """What the router behind an expression serves, with the registries that were added to it."""
        name = self._name(module, router)
        return list(self._reached(name, set())) if name else []

    def _reached(self, name: str, seen: set[str]) -> Iterator[Registration]:
        if name in seen:
            return
        seen.add(name)
        yield from self._by_router[0].get(name, [])
        for other in self._by_router[1].get(name, []):
            yield from self._reached(other, seen)

    def _name(self, module: Module, node: ast.expr) -> str | None:
        """Where the router was made, and its name there: one key however it is imported."""
        found = self._names.imports.qualname(module, node)
        for _ in range(8):
            owner, _, last = (found or "").rpartition(".")
            path = self._names.python.find(owner, module.path) if owner else None
            source = self._names.python.module(path) if path else None
            if source is None:
                return found
            if last in self._names.stores(source):
                return f"{source.path}:{last}"
            further = self._names.imports.bindings(source).get(last)
            if further is None or further == found:
                return found
            found = further
        return found

    @property
    def _by_router(self) -> _Registered:
        return self._names.python.ledger.memo(self._all, "", self._read)

    def _read(self) -> _Registered:
        registered: dict[str, list[Registration]] = defaultdict(list)
        added: dict[str, list[str]] = defaultdict(list)
        for module in self._names.python.with_words(".register(", ".registry.extend("):
            for call in module.nodes(ast.Call):
                match call:
                    case ast.Call(func=ast.Attribute(value=router, attr="register"), args=[prefix, viewset, *_]) if (
                        name := self._name(module, router)
                    ):
                        registered[name].append(Registration(_text(prefix), module, viewset, call))
                    case ast.Call(
                        func=ast.Attribute(value=router, attr="register"), args=[prefix], keywords=keywords
                    ) if name := self._name(module, router):
                        for key in keywords:
                            if key.arg == "viewset":
                                registered[name].append(Registration(_text(prefix), module, key.value, call))
                    case ast.Call(
                        func=ast.Attribute(value=ast.Attribute(value=router, attr="registry"), attr="extend"),
                        args=[ast.Attribute(value=other, attr="registry")],
                    ) if (name := self._name(module, router)) and (more := self._name(module, other)):
                        added[name].append(more)
                    case _:
                        pass
        return registered, added


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "<…>"
