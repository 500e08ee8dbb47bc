"""Whom a list of permission classes lets in, for one method."""

from __future__ import annotations

import ast
from typing import NamedTuple

from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.routes.facts import SAFE, Who
from django_bearer_audit.project.routes.names import Names
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_REST = "rest_framework.permissions."
_USER = frozenset(
    f"{_REST}{name}"
    for name in ["IsAuthenticated", "IsAdminUser", "DjangoModelPermissions", "DjangoObjectPermissions"]
)
_READ_ONLY = frozenset({f"{_REST}IsAuthenticatedOrReadOnly", f"{_REST}DjangoModelPermissionsOrAnonReadOnly"})
_BASES = frozenset({f"{_REST}BasePermission", "object"})


class Asked(NamedTuple):
    """What is asked for: checks on objects are made only where one object is fetched."""

    method: str
    one_object: bool = True


class Permissions:
    """Judges permission classes, of packages by their name and of the project by their code."""

    def __init__(self, names: Names, imports: Imports, classes: Classes) -> None:
        self._names, self._imports, self._classes = names, imports, classes
        self._judged: Held[tuple[ast.AST, Asked], Who] = {}

    def of_list(self, module: Module, node: ast.expr, asked: Asked) -> tuple[Who, tuple[str, ...] | None]:
        """All of the list must agree, so one that is closed closes it."""
        parts = self.elements(module, node)
        if parts is None:
            return Who.UNKNOWN, None
        told = tuple(self._told(source, part) for source, part in parts)
        return _all([self._of(source, part, asked) for source, part in parts]), told

    def of_names(self, names: tuple[str, ...], importer: str, asked: Asked) -> Who:
        return _all([self.of_name(name, importer, asked) for name in names])

    def elements(self, module: Module, node: ast.expr, depth: int = 0) -> list[tuple[Module, ast.expr]] | None:
        """The members of a list, however it is written; None when some are not known."""
        if depth > 6:
            return None
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                found = [self._element(module, element, depth) for element in elements]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                found = [self.elements(module, side, depth + 1) for side in (left, right)]
            case ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner]):
                return self.elements(module, inner, depth + 1)
            case ast.Name() | ast.Attribute() if len(given := self._names.given(module, node)) == 1:
                return self.elements(*given[0], depth + 1)
            case ast.Name() if self._is_class(module, node):  # a lone class where a list is due
                return [(module, node)]
            case _:
                return None
        return None if None in found else [item for each in found if each for item in each]

    def _element(self, module: Module, node: ast.expr, depth: int) -> list[tuple[Module, ast.expr]] | None:
        if isinstance(node, ast.Starred):
            return self.elements(module, node.value, depth + 1)
        return [(module, node)]

    def _is_class(self, module: Module, node: ast.expr) -> bool:
        name = self._imports.qualname(module, node) or ""
        return name.startswith(_REST) or self._imports.definition(name, module.path) is not None

    def _told(self, module: Module, node: ast.expr) -> str:
        return self._imports.qualname(module, node) or ast.unparse(node)[:60]

    def _of(self, module: Module, node: ast.expr, asked: Asked) -> Who:
        match node:
            case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
                return _all([self._of(module, left, asked), self._of(module, right, asked)])
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return _any([self._of(module, left, asked), self._of(module, right, asked)])
            case ast.UnaryOp():
                return Who.CHECKED
            case ast.Call(func=function):
                return self._of(module, function, asked)
            case ast.Name() | ast.Attribute():
                name = self._imports.qualname(module, node)
                return self.of_name(name, module.path, asked) if name else Who.UNKNOWN
            case _:
                return Who.UNKNOWN

    def of_name(self, name: str, importer: str, asked: Asked) -> Who:
        known = _by_name(name, asked)
        if known is not None:
            return known
        found = self._imports.definition(name, importer)
        if found is None:
            return Who.CHECKED
        key = (found.node, asked)
        return self._imports.ledger.memo(self._judged, key, lambda: self._of_own(found, asked))

    def _of_own(self, found: Definition, asked: Asked) -> Who:
        if not isinstance(found.node, ast.ClassDef):
            return Who.CHECKED
        test = self._classes.method(found, "has_permission")
        if test is not None and not isinstance(test.node, ast.ClassDef):
            return _of_code(test.node, asked)
        above = [each for each in self._classes.ancestry(found) if isinstance(each, str)]
        judged = [who for each in above if (who := _by_name(each, asked)) is not None]
        if judged:
            return judged[0]
        bare = all(each in _BASES for each in above)
        on_object = self._classes.method(found, "has_object_permission") is not None
        return Who.EVERYBODY if bare and not (on_object and asked.one_object) else Who.UNKNOWN


def _by_name(name: str, asked: Asked) -> Who | None:
    if "." not in name:  # it came by `from rest_framework.permissions import *`
        name = f"{_REST}{name}"
    if name == f"{_REST}AllowAny":
        return Who.EVERYBODY
    if name in _USER:
        return Who.USER
    if name in _READ_ONLY:
        return Who.EVERYBODY if asked.method in SAFE else Who.USER
    return None


def _of_code(function: ast.AST, asked: Asked) -> Who:
    """`return True` and nothing else opens, unless it raises; a test on the method or action is not followed."""
    answers = [node.value for node in walk(function) if isinstance(node, ast.Return)]
    refuses = any(isinstance(node, ast.Raise) for node in walk(function))
    if answers and not refuses and all(isinstance(e, ast.Constant) and e.value is True for e in answers):
        return Who.EVERYBODY
    told = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in walk(function)}
    if told & {"SAFE_METHODS"}:
        return Who.UNKNOWN if asked.method in SAFE else Who.CHECKED
    return Who.UNKNOWN if told & {"action", "method"} else Who.CHECKED


def _all(found: list[Who]) -> Who:
    for who in (Who.USER, Who.CHECKED, Who.UNKNOWN):
        if who in found:
            return who
    return Who.EVERYBODY


def _any(found: list[Who]) -> Who:
    for who in (Who.EVERYBODY, Who.UNKNOWN, Who.CHECKED):
        if who in found:
            return who
    return Who.USER
