"""Where rules look for effects: at every view, and in functions of some modules and their callers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Place
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Effect
from django_bearer_audit.project.effects.value import Value
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module, Spot

_CALLERS = 8
Ask = Callable[[Endpoint, tuple[Effect, ...]], Iterable[Any]]


def in_views(project: Project, name: str, ask: Ask, safe: bool = True) -> Iterator[Any]:
    """What `ask` finds in the effects of each view: texts, numbers and lists of them, kept under a name.

    Each view is asked once, whatever number of routes leads to it; without `safe` only those that change something.
    """
    seen: set[tuple[Spot, str]] = set()
    for endpoint in project.routes.table.endpoints:
        handler = endpoint.handler
        if handler is None or (endpoint.safe and (not safe or handler.is_class)):
            continue
        key = (handler.code, handler.name)
        if key not in seen:
            seen.add(key)
            yield from project.routes.says(endpoint, name, partial(_asked, project, ask))


def _asked(project: Project, ask: Ask, endpoint: Endpoint) -> list[Any]:
    return list(ask(endpoint, project.routes.effects_of(endpoint)))


def written(place: Place) -> list[str | int]:
    """A place as it is kept."""
    return [place.path, place.line_start, place.line_end]


def in_module(project: Project, module: Module, worth: Callable[[Value], bool]) -> Iterator[Effect]:
    """What the functions of a module do, and what their callers do with what they return, where that is worth it."""
    functions: list[Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for function in functions:
        summary = project.effects.of(module, function)
        yield from summary.effects
        if any(worth(each.value) for each in summary.returned):
            yield from _of_callers(project, module, function)


def _of_callers(project: Project, module: Module, function: Function) -> Iterator[Effect]:
    seen: set[ast.AST] = {function}
    for other, use in project.functions.uses(module, function):
        around = other.function_around(use)
        if around is not None and around not in seen and len(seen) <= _CALLERS:
            seen.add(around)
            yield from project.effects.of(other, around).effects
