"""What an endpoint takes in, by its code and its serializers, where its path and name do not say what it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.routes.code import Piece
from django_bearer_audit.project.routes.facts import Endpoint, Purpose
from django_bearer_audit.project.routes.privileges import makes_account
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_SERIALIZERS = "rest_framework.serializers."
_CODES = frozenset({"otp", "otp_code", "otpcode", "sms_code", "phone_code", "pin", "pin_code", "passcode", "totp"})
_SENT = frozenset({"data", "POST", "validated_data", "cleaned_data", "attrs"})


class Input:
    """Reads serializers for what they make and ask for."""

    def __init__(self, imports: Imports, classes: Classes) -> None:
        self._imports, self._classes = imports, classes

    def purpose_of(self, endpoint: Endpoint, pieces: list[Piece]) -> Purpose | None:
        """A sign-up makes an account, a code view takes a code: in its own code, or in that of its serializer."""
        serializers = list(self.serializers_of(endpoint))
        if any(makes_account(piece) for _, piece in pieces):
            return Purpose.REGISTER
        if endpoint.method in {"POST", "ANY"} and any(map(self._makes_account, serializers)):
            return Purpose.REGISTER
        if any(_takes_code(piece) for _, piece in pieces) or any(map(self._asks_code, serializers)):
            return Purpose.CODE
        return None

    def serializers_of(self, endpoint: Endpoint) -> Iterator[Definition]:
        """The serializer classes that the code of an endpoint names, or its view when the code names none."""
        handler = endpoint.handler
        if handler is None:
            return
        own = [] if isinstance(handler.node, ast.ClassDef) else [(handler.module, handler.node)]
        named = [each for module, node in own for each in self._named(module, node)]
        yield from named or (self._of_view(handler.owner) if handler.owner else ())

    def _of_view(self, owner: Definition) -> Iterator[Definition]:
        chosen = self._classes.method(owner, "get_serializer_class")
        if chosen is not None:
            yield from self._named(chosen.module, chosen.node)
        given = self._classes.attribute(owner, "serializer_class")
        if given is not None:
            yield from self._named(given.owner.module, given.value)

    def _named(self, module: Module, node: ast.AST) -> Iterator[Definition]:
        seen: set[ast.AST] = set()
        for each in walk(node):
            name = self._imports.qualname(module, each) if isinstance(each, ast.Name | ast.Attribute) else None
            found = self._imports.definition(name, module.path) if name else None
            if found is not None and found.node not in seen and self._is_serializer(found):
                seen.add(found.node)
                yield found

    def _is_serializer(self, found: Definition) -> bool:
        above = self._classes.ancestry(found)
        return any(isinstance(each, str) and each.startswith(_SERIALIZERS) for each in above)

    def _makes_account(self, serializer: Definition) -> bool:
        for name in ("create", "save"):
            method = self._classes.method(serializer, name)
            if method is not None and not isinstance(method.node, ast.ClassDef) and makes_account(method.node):
                return True
        return False

    def _asks_code(self, serializer: Definition) -> bool:
        return any(self._classes.attribute(serializer, name) is not None for name in _CODES)


def _takes_code(piece: ast.AST) -> bool:
    """`request.data["otp"]`, `request.data.get("otp")`."""
    for node in walk(piece):
        match node:
            case (
                ast.Subscript(value=ast.Attribute(attr=held), slice=ast.Constant(value=str(key)), ctx=ast.Load())
                | ast.Call(
                    func=ast.Attribute(value=ast.Attribute(attr=held), attr="get"),
                    args=[ast.Constant(value=str(key)), *_],
                )
            ) if held in _SENT and key in _CODES:
                return True
            case _:
                pass
    return False
