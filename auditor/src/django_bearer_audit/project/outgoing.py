"""Requests that the server itself sends with an Authorization header, and who chose their address."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django_bearer_audit.project.source import Module
from django_bearer_audit.project.token_values import stored

if TYPE_CHECKING:
    from django_bearer_audit.project import Project

_METHODS = ("get", "post", "put", "patch", "delete", "request")
CALLS = tuple(f"{package}.{method}" for package in ("requests", "httpx") for method in _METHODS)
_INPUTS = frozenset({"data", "POST", "GET", "query_params", "body", "validated_data"})
_DEEPEST = 4


def outgoing(project: Project, module: Module) -> Iterator[tuple[ast.Call, ast.expr]]:
    """(call, value of the Authorization header) of every request that a module sends with one."""
    for call in project.calls_in(module, *CALLS):
        for keyword in call.keywords:
            header = _authorization(module, keyword.value) if keyword.arg == "headers" else None
            if header is not None:
                yield call, header


def chosen_by_caller(module: Module, address: ast.expr, depth: int = 0) -> bool:
    """Whether the start of an address comes out of the request, followed through names of one function."""
    match address:
        case ast.Attribute(value=ast.Name(id="request"), attr=attr) if attr in _INPUTS:
            return True
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr="request"), attr=attr) if (
            attr in _INPUTS
        ):
            return True
        case ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return chosen_by_caller(module, inner, depth)
        case ast.Call(func=ast.Attribute(value=inner, attr="get" | "pop" | "copy" | "strip")):
            return chosen_by_caller(module, inner, depth)
        case ast.Call(func=ast.Attribute(attr="loads" | "JSONParser"), args=[inner, *_]):
            return chosen_by_caller(module, inner, depth)
        case ast.JoinedStr(values=[ast.FormattedValue(value=inner), *_]) | ast.BinOp(left=inner):
            return chosen_by_caller(module, inner, depth)
        case ast.Name() if depth < _DEEPEST:
            return any(chosen_by_caller(module, value, depth + 1) for value in stored(module, address))
        case _:
            return False


def _authorization(module: Module, headers: ast.expr) -> ast.expr | None:
    tables = [headers] if isinstance(headers, ast.Dict) else []
    if isinstance(headers, ast.Name):
        tables = [value for value in stored(module, headers) if isinstance(value, ast.Dict)]
    for table in tables:
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and str(key.value).lower() == "authorization":
                return value
    return None
