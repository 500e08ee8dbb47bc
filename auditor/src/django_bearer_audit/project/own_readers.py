"""Functions of the project that read one variable of the environment for its settings, whatever they are called."""

from __future__ import annotations

import ast
from typing import NamedTuple

from django_bearer_audit.project.walking import walk

_READS = frozenset({"os.getenv", "os.environ.get", "environ.get", "getenv"})
_MAPPINGS = frozenset({"os.environ", "environ"})
_TRUE = frozenset({"true", "1", "yes", "on", "y", "t"})
_FALSE = frozenset({"false", "0", "no", "off", "n", "f", ""})
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Reader(NamedTuple):
    """The parameters that such a function takes the name and the default from."""

    variable: str
    default: str | None
    switch: bool
    """Whether it says True or False."""


def reader(function: Function) -> Reader | None:
    """None when the function reads no variable that its caller names."""
    names = {each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    for node in walk(function):
        match node:
            case ast.Call(func=called, args=[ast.Name(id=name), *rest], keywords=keywords) if (
                name in names and ast.unparse(called) in _READS
            ):
                given = [*rest[:1], *(each.value for each in keywords if each.arg == "default")]
                default = next((said for each in given if (said := _named(each)) in names), None)
                return Reader(name, default or _fallback(function, names - {name}), _is_switch(function))
            case ast.Subscript(value=owner, slice=ast.Name(id=name)) if (
                name in names and ast.unparse(owner) in _MAPPINGS
            ):
                return Reader(name, _fallback(function, names - {name}), _is_switch(function))
            case _:
                pass
    return None


def _named(node: ast.expr) -> str:
    """`default`, `str(default)`."""
    match node:
        case ast.Name(id=name) | ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=name)]):
            return name
        case _:
            return ""


def asked(function: Function, found: Reader, call: ast.Call) -> tuple[str, ast.expr | None] | None:
    """The variable that a call reads, and its default; None when the name is not written there."""
    given = _given(function.args, call)
    name = given.get(found.variable)
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        return None
    return name.value, given.get(found.default) if found.default else None


def _given(arguments: ast.arguments, call: ast.Call) -> dict[str, ast.expr]:
    """Parameter → the expression that a call gives for it, or its default."""
    placed = [*arguments.posonlyargs, *arguments.args]
    found = dict(zip([each.arg for each in placed[::-1]], arguments.defaults[::-1], strict=False))
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            found[each.arg] = default
    found |= dict(zip([each.arg for each in placed], call.args, strict=False))
    return found | {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def switched(text: object) -> bool | None:
    """What a default such as `"True"` or `"0"` says."""
    said = str(text).strip().lower()
    return True if said in _TRUE else False if said in _FALSE else None


def _fallback(function: Function, names: set[str]) -> str | None:
    """A parameter that is returned, or that stands in, when the variable is not there."""
    for node in walk(function):
        match node:
            case ast.Return(value=ast.Name(id=name)) if name in names and "def" in name:
                return name
            case ast.BoolOp(op=ast.Or(), values=[*_, ast.Name(id=name)]) if name in names:
                return name
            case _:
                pass
    return None


def _is_switch(function: Function) -> bool:
    returned = [node.value for node in walk(function) if isinstance(node, ast.Return)]
    return bool(returned) and all(
        isinstance(each, ast.Compare)
        or (isinstance(each, ast.BoolOp) and all(isinstance(one, ast.Compare) for one in each.values))
        or (isinstance(each, ast.Constant) and isinstance(each.value, bool))
        or (isinstance(each, ast.Call) and getattr(each.func, "id", "") in {"bool", "strtobool"})
        or (isinstance(each, ast.Name) and "def" in each.id)
        for each in returned
    )
