"""Where rules look for effects: at every view, and in functions of some modules and their callers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Effect
from django_bearer_audit.project.effects.value import Value
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module

_CALLERS = 8


def in_views(project: Project) -> Iterator[Effect]:
    """What every endpoint of the tree does."""
    for endpoint in project.routes.table.endpoints:
        yield from project.routes.effects_of(endpoint)


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
