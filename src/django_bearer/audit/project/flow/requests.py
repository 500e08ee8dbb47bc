"""What the caller of a view sent: the expressions that read it."""

from __future__ import annotations

import ast

from django_bearer.audit.project.flow.functions import Functions
from django_bearer.audit.project.flow.words import vocabulary
from django_bearer.audit.project.source import Module

_PLACES = vocabulary("data POST GET query_params COOKIES headers META body FILES json query_dict")
_VALIDATED = vocabulary("validated_data cleaned_data initial_data")
_DEPTH = 8


def sent_by_caller(functions: Functions, module: Module, node: ast.expr) -> str | None:
    """The part of the request an expression comes from (`POST`, `COOKIES`, `validated_data`), if it does."""
    return _sent(functions, module, node, 0)


def _sent(functions: Functions, module: Module, node: ast.AST, depth: int) -> str | None:
    if depth > _DEPTH:
        return None
    match node:
        case ast.Attribute(value=owner, attr=place) if place in _PLACES and _is_request(owner):
            return place
        case ast.Attribute(attr=place) | ast.Name(id=place) if place in _VALIDATED:
            return place
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
            return _sent(functions, module, inner, depth + 1)
        case ast.Call(func=ast.Attribute(value=owner, attr="get" | "pop" | "strip" | "lower" | "decode" | "split")):
            return _sent(functions, module, owner, depth + 1)
        case ast.Call(func=ast.Name(id="str" | "int") | ast.Attribute(attr="loads" | "load"), args=[first, *_]):
            return _sent(functions, module, first, depth + 1)
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(body=first):
            return _sent(functions, module, first, depth + 1)
        case ast.Name(id=name):
            function = module.function_around(node)
            stored = functions.stored(module, function, name) if function else []
            found = (_sent(functions, module, value, depth + 1) for value in stored[:4])
            return next((place for place in found if place), None)
        case _:
            return None


def _is_request(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in {"request", "req", "_request"}
        case _:
            return False
