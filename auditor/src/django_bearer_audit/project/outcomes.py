"""The tests on the way to a part of a function, and what each of them has answered when it is reached."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from django_bearer_audit.project.source import Module

_ENDS = ast.Return | ast.Raise | ast.Continue | ast.Break


def outcomes(module: Module, node: ast.AST, around: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """The tests on the way to a node, with what each has answered when the node is reached."""
    below, above = node, module.parents.get(node)
    while above is not None and below is not around:
        match above:
            case ast.If(test=test, body=body, orelse=orelse):
                yield from ((test, side is body) for side in (body, orelse) if any(each is below for each in side))
            case ast.IfExp(test=test, body=first, orelse=second) if below is first or below is second:
                yield test, below is first
            case _:
                pass
        yield from _left_before(above, below)
        below, above = above, module.parents.get(above)


def _left_before(above: ast.AST, below: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """`if request.user.is_authenticated: return …`, above the statement and in the same block."""
    for block in (getattr(above, name, None) for name in ("body", "orelse", "finalbody")):
        if not isinstance(block, list) or not any(each is below for each in block):
            continue
        for statement in block:
            if statement is below:
                return
            match statement:
                case ast.If(test=test, body=body) if isinstance(body[-1], _ENDS):
                    yield test, False
                case ast.If(test=test, orelse=[*_, last]) if isinstance(last, _ENDS):
                    yield test, True
                case _:
                    pass


def says(test: ast.expr, outcome: bool, fact: Callable[[ast.expr, bool], bool]) -> bool:
    """Whether this outcome of a test makes the fact sure: `fact` judges one condition and its outcome."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return says(operand, not outcome, fact)
        case ast.BoolOp(op=op, values=values):
            found = [says(each, outcome, fact) for each in values]
            return any(found) if isinstance(op, ast.And) is outcome else all(found)
        case _:
            return fact(test, outcome)
