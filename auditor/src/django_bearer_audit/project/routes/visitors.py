"""Code that runs only where nobody is logged in: the branch of a view for visitors, and what it calls."""

from __future__ import annotations

import ast
from itertools import zip_longest

from django_bearer_audit.finding import Place
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Effect
from django_bearer_audit.project.outcomes import outcomes, says
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_LOGINS = frozenset({"login", "auth_login", "django_login", "alogin"})


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
    return any(says(test, outcome, _is_nobody) for test, outcome in outcomes(module, node, around))


def _logs_in(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _LOGINS
        case _:
            return False


def _is_nobody(test: ast.expr, outcome: bool) -> bool:
    """Whether this outcome says that nobody is logged in."""
    match test:
        case ast.Attribute(attr="is_authenticated" | "is_anonymous" as asked, value=asked_of):
            return _is_caller(asked_of) and outcome is (asked == "is_anonymous")
        case _:
            return False


def _is_caller(node: ast.expr) -> bool:
    """`request.user`, `self.request.user`, and `user` where that was kept."""
    return getattr(node, "attr", getattr(node, "id", "")) == "user"
