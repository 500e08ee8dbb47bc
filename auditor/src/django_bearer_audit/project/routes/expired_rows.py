"""Deletions that tidy up: only rows whose time is over are deleted, whoever asks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

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
    return tested or any(_chosen(node, clocks, named) for node in walk(call.func))


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
