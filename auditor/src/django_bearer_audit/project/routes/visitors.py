"""Code that runs only where nobody is logged in: the branch of a view for visitors, and what it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import zip_longest

from django_bearer_audit.finding import Place
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Effect
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_LOGINS = frozenset({"login", "auth_login", "django_login", "alogin"})
_ENDS = ast.Return | ast.Raise


def only_for_visitors(project: Project, effect: Effect) -> bool:
    """Whether a test on the way to an effect lets nobody through who is logged in."""
    way = (*effect.through, effect.where)
    return any(_is_guarded(project, place, then) for place, then in zip_longest(way, way[1:]))


def _is_guarded(project: Project, place: Place, then: Place | None) -> bool:
    module = project.python.module(place.path)
    calls = [each for each in module.nodes(ast.Call) if module.place(each) == place] if module is not None else []
    if module is None or not calls:
        return False
    called = _name_around(project, then) if then is not None else ""
    meant = [each for each in calls if getattr(each.func, "attr", getattr(each.func, "id", "")) == called] or calls
    return all(_is_for_nobody(module, each) for each in meant)


def _name_around(project: Project, place: Place) -> str:
    """The name of the function that the next step on the way is in."""
    module = project.python.module(place.path)
    step = next((c for c in module.nodes(ast.Call) if module.place(c) == place), None) if module is not None else None
    around = module.function_around(step) if module is not None and step is not None else None
    return around.name if around is not None else ""


def _is_for_nobody(module: Module, node: ast.Call) -> bool:
    around = module.function_around(node)
    if around is None or any(map(_logs_in, walk(around))):
        return False
    return any(is_nobody(test, outcome) for test, outcome in _outcomes(module, node, around))


def _logs_in(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _LOGINS
        case _:
            return False


def _outcomes(module: Module, node: ast.AST, around: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
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


def is_nobody(test: ast.expr, outcome: bool) -> bool:
    """Whether this outcome of a test says that nobody is logged in."""
    match test:
        case ast.Attribute(attr="is_authenticated" | "is_anonymous" as asked, value=asked_of):
            return _is_caller(asked_of) and outcome is (asked == "is_anonymous")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return is_nobody(operand, not outcome)
        case ast.BoolOp(op=op, values=values):
            found = [is_nobody(each, outcome) for each in values]
            return any(found) if isinstance(op, ast.And) is outcome else all(found)
        case _:
            return False


def _is_caller(node: ast.expr) -> bool:
    """`request.user`, `self.request.user`, and `user` where that was kept."""
    return getattr(node, "attr", getattr(node, "id", "")) == "user"
