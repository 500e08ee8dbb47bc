"""Where the value of an expression goes, followed forwards: names, fields, keys, cookies, responses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.project.flow.functions import Functions
from django_bearer_audit.project.flow.origins import REWRITES
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_DEPTH = 3
_STORES = frozenset({"set", "setex", "setdefault", "set_cookie", "set_signed_cookie", "add", "hset"})


class Destination(NamedTuple):
    """A place that a value reaches, under the name it has there."""

    how: str
    """name · attribute · keyword · key · store · cookie · argument · return · compare"""
    name: str
    node: ast.AST
    module: Module


class Destinations:
    """Follows values forwards inside a function and, where it returns them, into its callers."""

    def __init__(self, imports: Imports, functions: Functions) -> None:
        self._imports, self._functions = imports, functions

    def of(self, module: Module, node: ast.expr) -> Iterator[Destination]:
        yield from self._climb(module, node, set(), 0)

    def _climb(self, module: Module, node: ast.AST, seen: set[ast.AST | str], depth: int) -> Iterator[Destination]:
        """Up from an expression to what takes its value."""
        while True:
            above = module.parents.get(node)
            if above is None or node in seen:
                return
            seen.add(node)
            match above:
                case ast.keyword(arg=name):
                    call = module.parents.get(above)
                    if isinstance(call, ast.Call):
                        yield Destination("keyword", name or "", call, module)
                        if name in {"default", "default_factory"}:
                            node = call
                            continue
                    return
                case ast.Call(func=function):
                    if node is not function and not self._passes(above):
                        yield from self._argument(module, above, node, seen, depth)
                        return
                case ast.Dict(keys=keys, values=values):
                    key = keys[values.index(node)] if node in values else None
                    if isinstance(key, ast.Constant):
                        yield Destination("key", str(key.value), above, module)
                case ast.Compare():
                    yield Destination("compare", "", above, module)
                    return
                case ast.Assign(targets=targets):
                    for target in targets:
                        yield from self._target(module, target, seen, depth)
                    return
                case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.NamedExpr(target=target):
                    yield from self._target(module, target, seen, depth)
                    return
                case ast.Return():
                    yield from self._returned(module, above, seen, depth)
                    return
                case ast.comprehension() | ast.Lambda() | ast.stmt():
                    if isinstance(above, ast.Lambda):
                        node = above
                        continue
                    return
                case ast.Attribute(attr=name) if name not in REWRITES:
                    return
                case ast.Subscript(slice=inside) if inside is node:
                    return
                case ast.IfExp(test=test) if test is node:
                    return
                case _:
                    pass
            node = above

    def _passes(self, call: ast.Call) -> bool:
        last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        return last in REWRITES

    def _argument(
        self, module: Module, call: ast.Call, node: ast.AST, seen: set[ast.AST | str], depth: int
    ) -> Iterator[Destination]:
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="update" | "append"), args=[_]):
                yield from self._local(module, call, owner, seen, depth)
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), _]):
                yield Destination("attribute", name, call, module)
            case ast.Call(func=ast.Attribute(attr=method), args=[key, *_]) if method in _STORES and key is not node:
                how = "cookie" if "cookie" in method else "store"
                yield Destination(how, _text(key), call, module)
            case _:
                name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                yield Destination("argument", name, call, module)

    def _target(
        self, module: Module, target: ast.expr, seen: set[ast.AST | str], depth: int
    ) -> Iterator[Destination]:
        match target:
            case ast.Name(id=name):
                yield Destination("name", name, target, module)
                yield from self._local(module, target, name, seen, depth)
            case ast.Attribute(attr=name):
                yield Destination("attribute", name, target, module)
            case ast.Subscript(slice=key):
                yield Destination("key", _text(key), target, module)
            case _:
                pass

    def _local(
        self, module: Module, node: ast.AST, name: str, seen: set[ast.AST | str], depth: int
    ) -> Iterator[Destination]:
        """Everything the function around does with a local name."""
        function = module.function_around(node)
        if function is None or name in seen:
            return
        seen.add(name)
        for each in walk(function):
            if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load):
                yield from self._climb(module, each, seen, depth)

    def _returned(self, module: Module, node: ast.AST, seen: set[ast.AST | str], depth: int) -> Iterator[Destination]:
        function = module.function_around(node)
        if function is None or not isinstance(function, Function):
            return
        yield Destination("return", function.name, function, module)
        if depth < _DEPTH:
            for other, use in self._functions.uses(module, function):
                yield from self._climb(other, use, set(), depth + 1)


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=pieces):
            return "_".join(_text(piece) for piece in pieces)
        case ast.FormattedValue(value=value):
            return _text(value)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
