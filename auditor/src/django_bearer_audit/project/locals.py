"""Names of a function that hold the same thing throughout it."""

from __future__ import annotations

import ast
from collections import Counter

from django_bearer_audit.project.walking import walk

Function = ast.FunctionDef | ast.AsyncFunctionDef


def assigned_once(function: Function) -> dict[str, ast.expr]:
    """Local names stored exactly once, by a plain assignment: they hold the same thing everywhere."""
    stores: Counter[str] = Counter()
    values: dict[str, ast.expr] = {}
    for node in walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = value
            case ast.Name(id=name, ctx=ast.Store()):
                stores[name] += 1
            case _:
                pass
    return {name: value for name, value in values.items() if stores[name] == 1}


def is_parameter(function: Function, name: str) -> bool:
    arguments = function.args
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    return any(argument is not None and argument.arg == name for argument in every)
