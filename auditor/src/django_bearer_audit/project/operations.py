"""Operators and built-ins on known values: what Python would compute, where it can be computed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django_bearer_audit.finding import Place
from django_bearer_audit.project.values import Choice, Env, Items, Known, Table, Unknown, Value, leaves

_MAX_TEXT = 10_000
_MAX_PARTS = 5_000
_MAX_BITS = 4_096


def _multiply(left: Any, right: Any) -> Any:
    """Numbers and timedeltas only: repeating a text a billion times is an attack on the auditor."""
    if isinstance(left, str | bytes | list) or isinstance(right, str | bytes | list):
        raise ValueError("not computed")
    if isinstance(left, int) and isinstance(right, int) and (left.bit_length() + right.bit_length() > _MAX_BITS):
        raise ValueError("too large")
    return left * right


def _modulo(left: Any, right: Any) -> Any:
    """Numbers, and formats without a width: a width can ask for gigabytes."""
    if isinstance(left, str | bytes) and (isinstance(left, bytes) or any(c.isdigit() or c == "*" for c in left)):
        raise ValueError("not computed")
    return left % (tuple(right) if isinstance(right, list) else right)


BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: _multiply,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: _modulo,
    ast.BitOr: operator.or_,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
BUILTINS: dict[str, Callable[..., Any]] = {"str": str, "int": int, "float": float, "bool": bool, "len": len}
METHODS = frozenset(
    [
        "lower",
        "upper",
        "strip",
        "lstrip",
        "rstrip",
        "title",
        "capitalize",
        "casefold",
        "encode",
        "decode",
        "replace",
        "split",
        "startswith",
        "endswith",
    ]
)


def call_method(name: str, held: Any, given: tuple[Any, ...]) -> Any:
    """A method of `METHODS` on short texts: one that is as long as a file can ask for gigabytes, or for hours."""
    if any(isinstance(each, str | bytes) and len(each) > _MAX_TEXT for each in (held, *given)):
        raise ValueError("not computed")
    if name == "replace" and len(held) * max(map(len, given[1:2]), default=0) > 100 * _MAX_TEXT:
        raise ValueError("too large")
    return getattr(held, name)(*given)


def lift(function: Callable[..., Any], values: tuple[Value, ...], where: Place) -> Value:
    """Apply a function to values: constants compute, an environment default computes, the rest is unknown."""
    if sum(isinstance(value, Choice) for value in values) > 2:
        return Unknown(where, "too many possibilities", values)
    for position, value in enumerate(values):
        if isinstance(value, Choice):
            options = [_replace(values, position, option) for option in value.options]
            return choose([lift(function, each, where) for each in options], where)
        if isinstance(value, Env):
            if value.default is None:
                return Env(value.name, None, where)
            return Env(value.name, lift(function, _replace(values, position, value.default), where), where)
    plain = [constant(value) for value in values]
    if any(item is _NOT_PLAIN for item in plain):
        return Unknown(where, parts=values)
    try:
        return wrap(function(*plain), where)
    except Exception:  # whatever Python would raise here, we only know that we do not know
        return Unknown(where, parts=values)


def choose(options: list[Value], where: Place) -> Value:
    opened: list[Value] = []
    for option in options:
        opened += [leaf for leaf in leaves(option) if leaf not in opened]
    return opened[0] if len(opened) == 1 else Choice(tuple(opened[:16]), where)


class _NotPlain:
    """The mark of a value that has no Python object."""


_NOT_PLAIN = _NotPlain()


def constant(value: Value) -> Any:
    """The Python object behind a fully known value, or the mark that there is none."""
    if isinstance(value, Known):
        return value.value
    if isinstance(value, Items) and value.complete:
        items = [constant(item) for item in value.items]
        return _NOT_PLAIN if any(item is _NOT_PLAIN for item in items) else items
    return _NOT_PLAIN


def wrap(result: Any, where: Place) -> Value:
    if isinstance(result, str | bytes) and len(result) > _MAX_TEXT:
        return Unknown(where, "too long")
    if result is None or isinstance(result, str | bytes | int | float | bool | timedelta):
        return Known(result, where)
    if isinstance(result, list | tuple | set):
        return Items(tuple(wrap(item, where) for item in result), where)
    return Unknown(where)


def bounded(value: Value) -> Value:
    """The value, unless looking at all of it would take for ever: `X = [X, X]`, sixty times."""
    waiting, seen = [value], 0
    while waiting and seen <= _MAX_PARTS:
        seen += 1
        match waiting.pop():
            case Items(items=items) | Choice(options=items) | Unknown(parts=items):
                waiting += items
            case Table(entries=entries):
                waiting += entries.values()
            case Env(default=default) if default is not None:
                waiting.append(default)
            case _:
                pass
    return Unknown(value.where, "too large") if waiting else value


def add(left: Value, right: Value, where: Place) -> Value:
    """`+` and `|` on containers keep what is known of both sides."""
    return bounded(_add(left, right, where))


def _add(left: Value, right: Value, where: Place) -> Value:
    match left, right:
        case Items(), Items():
            return Items(left.items + right.items, left.where, left.complete and right.complete)
        case Items(), _:
            return Items(left.items, left.where, complete=False)
        case Table(), Table():
            entries = {**left.entries, **right.entries}
            return Table(entries, left.where, left.complete and right.complete)
        case Table(), _:
            return Table(left.entries, left.where, complete=False)
        case _, Items():
            return Items(right.items, right.where, complete=False)
        case _:
            return Unknown(where, parts=(left, right))


def truth(value: Value) -> bool | None:
    """Whether it counts as true; None when that depends on what is not known."""
    match value:
        case Known(value=plain):
            return bool(plain)
        case Items(items=items, complete=complete):
            return True if items else (False if complete else None)
        case Table(entries=entries, complete=complete):
            return True if entries else (False if complete else None)
        case Choice(options=options):
            found = {truth(option) for option in options}
            return found.pop() if len(found) == 1 else None
        case _:
            return None


def _replace(values: tuple[Value, ...], position: int, value: Value) -> tuple[Value, ...]:
    return (*values[:position], value, *values[position + 1 :])
