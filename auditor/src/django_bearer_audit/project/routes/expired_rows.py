"""Deletions that tidy up, whoever asks: of rows whose time is over, or that point to a row which is gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.outcomes import outcomes, says
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_ENDS = ("expire", "expires", "expired", "expiry", "expiration", "until", "deadline", "outdated", "stale", "lapsed")
_CLOCKS = frozenset({"now", "utcnow", "today", "time", "localtime", "localdate"})
_BEFORE, _AFTER = ast.Lt | ast.LtE, ast.Gt | ast.GtE


def is_of_expired(module: Module, call: ast.Call, named: bool) -> bool:
    """Whether a call of `delete` meets expired rows only; `named` says that the address names the row.

    A row that the address names has to be held against a column that speaks of an end: the time of an event that
    is over ends nothing.
    """
    around = module.function_around(call)
    if around is None:
        return False
    clocks = {name for node in walk(around) for name in _kept(node)}

    def is_over(test: ast.expr, outcome: bool) -> bool:
        return _is_past(test, outcome, clocks) and (not named or _speaks_of_end(test))

    tested = any(says(test, outcome, is_over) for test, outcome in outcomes(module, call, around))
    if not named and _is_left_over(module, call, around):
        return True
    return tested or any(_chosen(node, clocks, named) for node in walk(call.func))


def _is_left_over(module: Module, call: ast.Call, around: ast.AST) -> bool:
    """`for item in items: if item.pool is None: item.delete()`, or where asking for it has raised DoesNotExist."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=row)) if row in _loops_over(module, call, around):
            tests = outcomes(module, call, around)
            return any(says(test, told, partial(_points_nowhere, row)) for test, told in tests) or _is_gone(
                module, call, around, row
            )
        case _:
            return False


def _loops_over(module: Module, node: ast.AST, around: ast.AST) -> Iterator[str]:
    above = module.parents.get(node)
    while above is not None and above is not around:
        match above:
            case ast.For(target=ast.Name(id=name)):
                yield name
            case _:
                pass
        above = module.parents.get(above)


def _points_nowhere(row: str, test: ast.expr, outcome: bool) -> bool:
    match test:
        case ast.Compare(
            left=ast.Attribute(value=ast.Name(id=name)),
            ops=[ast.Is() | ast.IsNot() as op],
            comparators=[ast.Constant(value=None)],
        ):
            return name == row and outcome is isinstance(op, ast.Is)
        case _:
            return False


def _is_gone(module: Module, node: ast.AST, around: ast.AST, row: str) -> bool:
    """In the handler of a `try` that asks the row for another one."""
    above = module.parents.get(node)
    while above is not None and above is not around:
        if isinstance(above, ast.ExceptHandler) and above.type is not None:
            tried = module.parents[above]
            asked = [each for statement in getattr(tried, "body", ()) for each in walk(statement)]
            reads = any(isinstance(a, ast.Attribute) and getattr(a.value, "id", "") == row for a in asked)
            return reads and "DoesNotExist" in ast.unparse(above.type)
        above = module.parents.get(above)
    return False


def _kept(node: ast.AST) -> Iterator[str]:
    """`now = timezone.now()`"""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_clock(value, frozenset()):
            yield name
        case _:
            pass


def _is_clock(node: ast.AST, clocks: set[str] | frozenset[str]) -> bool:
    """The time of now, or one before it."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _CLOCKS
        case ast.Name(id=name):
            return name in clocks
        case ast.BinOp(op=ast.Sub(), left=left):
            return _is_clock(left, clocks)
        case ast.Call(func=ast.Attribute(attr="date" | "timestamp" | "replace", value=value)):
            return _is_clock(value, clocks)
        case _:
            return False


def _is_past(test: ast.expr, outcome: bool, clocks: set[str]) -> bool:
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if _is_clock(right, clocks) and not _is_clock(left, clocks):
                return isinstance(op, _BEFORE if outcome else _AFTER)
            if _is_clock(left, clocks) and not _is_clock(right, clocks):
                return isinstance(op, _AFTER if outcome else _BEFORE)
            return False
        case ast.Call(func=ast.Attribute(attr=name), args=[]) | ast.Attribute(attr=name):
            return outcome and has_word(name, "expired", "outdated", "stale", "lapsed")
        case _:
            return False


def _speaks_of_end(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Attribute) and has_word(each.attr, *_ENDS) for each in walk(node))


def _chosen(node: ast.AST, clocks: set[str], named: bool) -> bool:
    """`Row.objects.filter(expires__lt=timezone.now())`"""
    match node:
        case ast.Call(func=ast.Attribute(attr="filter"), keywords=keywords):
            return any(
                each.arg is not None
                and each.arg.endswith(("__lt", "__lte"))
                and _is_clock(each.value, clocks)
                and (not named or has_word(each.arg.rpartition("__")[0], *_ENDS))
                for each in keywords
            )
        case _:
            return False
