"""The code that runs for a handler: its own, and that of the methods and functions of the tree it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.routes.checks import asks_who
from django_bearer_audit.project.routes.facts import Function
from django_bearer_audit.project.routes.limits import limits
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

Piece = tuple[Module, Function]


class Code:
    """Follows calls a few steps; what is outside the tree is not followed."""

    def __init__(self, imports: Imports, classes: Classes) -> None:
        self._imports, self._classes = imports, classes
        self._calls: dict[ast.AST, tuple[ast.Call, ...]] = {}
        self._asks: dict[ast.AST, bool] = {}
        self._limits: dict[ast.AST, bool] = {}
        self._made: dict[ast.AST, dict[str, ast.expr]] = {}
        self._next: Held[tuple[ast.AST, ast.AST | None], tuple[Piece, ...]] = {}

    def reached(self, module: Module, node: Function, owner: Definition | None, depth: int = 2) -> Iterator[Piece]:
        """The function, then what it calls, each once."""
        seen: set[ast.AST] = {node}
        level: list[Piece] = [(module, node)]
        for _ in range(depth + 1):
            yield from level
            found: list[Piece] = []
            for here, function in level:
                for piece in self._steps(here, function, owner):
                    if piece[1] not in seen:
                        seen.add(piece[1])
                        found.append(piece)
            level = found

    def asks(self, function: Function) -> bool:
        """Whether the function's own code asks who is calling."""
        if function not in self._asks:
            self._asks[function] = asks_who(function)
        return self._asks[function]

    def limits(self, function: Function) -> bool:
        """Whether the function's own code counts attempts."""
        if function not in self._limits:
            self._limits[function] = limits(function)
        return self._limits[function]

    def _steps(self, module: Module, node: Function, owner: Definition | None) -> tuple[Piece, ...]:
        key = (node, owner.node if owner else None)
        return self._imports.ledger.memo(self._next, key, lambda: tuple(self._called(module, node, owner)))

    def _called(self, module: Module, node: Function, owner: Definition | None) -> Iterator[Piece]:
        for call in self.calls(node):
            found = self._target(module, call.func, owner)
            if found is not None and isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield found.module, found.node

    def calls(self, node: ast.AST) -> tuple[ast.Call, ...]:
        if node not in self._calls:
            self._calls[node] = tuple(each for each in walk(node) if isinstance(each, ast.Call))
        return self._calls[node]

    def _target(self, module: Module, function: ast.expr, owner: Definition | None) -> Definition | None:
        match function:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                own = self._classes.method(owner, name) if owner is not None else None
                return own or self._of_class_around(module, function, name)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name) if owner is not None:
                return self._above(owner, name)
            case ast.Attribute(value=ast.Call(func=maker), attr=name):
                return self._of_service(module, maker, name)
            case ast.Name() | ast.Attribute():
                qualname = self._imports.qualname(module, function)
                found = self._imports.definition(qualname, module.path) if qualname else None
                return found or self._of_object(module, function)
            case _:
                return None

    def _of_class_around(self, module: Module, function: ast.expr, name: str) -> Definition | None:
        """`self.count()` in a class that is not the view."""
        around = next((each for each in module.enclosing(function) if isinstance(each, ast.ClassDef)), None)
        return self._classes.method(self._classes.define(module, around), name) if around is not None else None

    def _of_object(self, module: Module, function: ast.expr) -> Definition | None:
        """`service.verify` where `service = OtpService(…)`, in the function around or at the top of the module."""
        match function:
            case ast.Attribute(value=ast.Name(id=held), attr=name):
                around = module.function_around(function)
                maker = (self._makers(around).get(held) if around else None) or self._makers(module.tree).get(held)
                return self._of_service(module, maker, name) if maker is not None else None
            case _:
                return None

    def _makers(self, scope: Function | ast.Module) -> dict[str, ast.expr]:
        """What is called for each name that is given the result of a call: anywhere in a function, atop a module."""
        if scope not in self._made:
            found: dict[str, ast.expr] = {}
            for statement in scope.body if isinstance(scope, ast.Module) else walk(scope):
                match statement:
                    case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call(func=maker)):
                        found.setdefault(target, maker)
                    case _:
                        pass
            self._made[scope] = found
        return self._made[scope]

    def _of_service(self, module: Module, maker: ast.expr, name: str) -> Definition | None:
        """A method of a plain class of the project; what frameworks call has rules of its own."""
        qualname = self._imports.qualname(module, maker)
        found = self._imports.definition(qualname, module.path) if qualname else None
        if found is None or not isinstance(found.node, ast.ClassDef):
            return None
        above = (each for each in self._classes.ancestry(found) if isinstance(each, str))
        if any(each.startswith(("django.", "rest_framework.")) for each in above):
            return None
        return self._classes.method(found, name)

    def _above(self, owner: Definition, name: str) -> Definition | None:
        for base in self._classes.bases(owner):
            found = self._classes.method(base, name) if isinstance(base, Definition) else None
            if found is not None:
                return found
        return None
