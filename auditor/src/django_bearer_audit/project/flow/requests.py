"""What the caller of a view sent: the expressions that read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.project.flow.functions import Functions
from django_bearer_audit.project.flow.words import vocabulary
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_PLACES = vocabulary("data POST GET query_params COOKIES headers META body FILES json query_dict")
_VALIDATED = vocabulary("validated_data cleaned_data initial_data")
_WAYS = vocabulary("get pop strip lower decode split items values model_dump dict")
_SCHEMAS = vocabulary("Schema ModelSchema BaseModel")
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
        case ast.Attribute(value=ast.Name() as held) if _is_schema(functions, module, held):
            return "body"
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
            return _sent(functions, module, inner, depth + 1)
        case ast.Call(func=ast.Attribute(value=owner, attr=way)) if way in _WAYS:
            return _sent(functions, module, owner, depth + 1)
        case ast.Call(func=ast.Name(id="str" | "int") | ast.Attribute(attr="loads" | "load"), args=[first, *_]):
            return _sent(functions, module, first, depth + 1)
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(body=first):
            return _sent(functions, module, first, depth + 1)
        case ast.Name(id=name):
            function = module.function_around(node)
            stored = functions.stored(module, function, name) if function else []
            stored = stored or ([*_looped(function, name)] if function else [])
            found = (_sent(functions, module, value, depth + 1) for value in stored[:4])
            return next((place for place in found if place), None)
        case _:
            return None


def _looped(function: Function, name: str) -> Iterator[ast.expr]:
    """`for key, value in validated_data.items()`."""
    for node in walk(function):
        if isinstance(node, ast.For):
            targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                yield node.iter


def _is_schema(functions: Functions, module: Module, held: ast.Name) -> bool:
    """A parameter whose class says what a request has to hold: Ninja and pydantic fill it from the body."""
    function = module.function_around(held)
    if function is None:
        return False
    arguments = [*function.args.args, *function.args.kwonlyargs]
    annotation = next((each.annotation for each in arguments if each.arg == held.id), None)
    names = (node for node in walk(annotation) if isinstance(node, ast.Name)) if annotation else ()
    return any(_derives(functions, module, name, 0) for name in names)


def _derives(functions: Functions, module: Module, name: ast.expr, depth: int) -> bool:
    qualname, found = functions.resolve(module, name)
    if qualname.rpartition(".")[2] in _SCHEMAS and found is None:
        return True
    if found is None or not isinstance(found.node, ast.ClassDef) or depth > 5:
        return False
    return any(_derives(functions, found.module, base, depth + 1) for base in found.node.bases)


def _is_request(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in {"request", "req", "_request"}
        case _:
            return False
