"""What a view answers to one user is kept in a cache for all.

`cache_page` keeps an answer by its address. Session middleware and authentication add their `Vary` later, so the next
user who asks for the same address gets the rows of the first one. The same holds for `cache.set("orders", ...)` under
a key that is the same for everybody, and for `cache_control(public=True)`.

Reported where the view looks something up by its caller or answers with the caller's columns.

Silent where the key or a `vary_on_cookie` or `vary_on_headers` tells callers apart, and in code that runs only where
nobody is logged in.

Fix: `vary_on_headers("Authorization", "Cookie")` below `cache_page`, or the caller's number in the key.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import Kind, Value, is_callers
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.routes.visitors import only_for_visitors
from django_bearer_audit.project.source import Module, Spot
from django_bearer_audit.project.walking import walk

ID = "BT310"
TITLE = "Answer for one user in a shared cache"
CWE = "CWE-524"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_TELLS_APART = frozenset({"vary_on_cookie", "vary_on_headers", "never_cache"})
_KEPT_BY_ALL = frozenset({Kind.CONSTANT, Kind.CLOCK, Kind.ENVIRONMENT})


def check(project: Project) -> Iterator[Hit]:
    for where in in_views(project, ID, partial(_by_key, project)):
        yield _hit(Place(*where), "What the caller's rows are is kept under a key that is the same for everybody.")
    cached: dict[Spot, Place] = {}
    for module in project.python.with_words("cache_page", "public=True"):
        cached.update(_cached(project, module))
    for endpoint in project.routes.table.endpoints if cached else ():
        spot = next((each for each in _spots(project, endpoint) if each in cached), None)
        reads = spot is not None and endpoint.method in {"GET", "ANY", "HEAD"}
        if reads and spot and project.routes.says(endpoint, f"{ID} view", partial(_is_of_caller, project)):
            place = cached.pop(spot)
            yield _hit(place, f"/{endpoint.path} answers with what belongs to its caller, and is kept for all.")


def _hit(where: Place, message: str) -> Hit:
    return Hit(
        where=where,
        message=message,
        attack="The next user who asks for the same address gets the rows of the first one.",
        fix='@cache_page(60)\n@vary_on_headers("Authorization", "Cookie")',
    )


def _spots(project: Project, endpoint: Endpoint) -> Iterator[Spot]:
    """Where the view, its class, and the method of it begin that a framework calls."""
    handler = endpoint.handler
    if handler is not None:
        yield from (handler.code, handler.view)
        for name in ("list", "retrieve", "dispatch") if handler.owner is not None else ():
            method = project.classes.method(handler.owner, name) if handler.owner is not None else None
            if method is not None:
                yield method.module.spot(method.node)


def _is_of_caller(project: Project, endpoint: Endpoint) -> bool:
    owner = endpoint.handler.owner if endpoint.handler is not None else None
    by_framework = project.effects.of_reading(owner) if owner is not None else ()
    return any(map(_by_caller, (*project.routes.reads_of(endpoint), *by_framework)))


def _by_caller(effect: Effect) -> bool:
    if effect.act is Act.LOOKS_UP:
        return effect.by != "exclude" and is_callers(effect.value)
    return effect.act is Act.RETURNS and _holds_caller(effect.value)


def _holds_caller(value: Value) -> bool:
    return is_callers(value) or any(_holds_caller(held) for _, held in value.items)


def _by_key(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    for effect in effects:
        key = effect.other
        fixed = bool(key.sources) and all(source.kind in _KEPT_BY_ALL for source in key.sources)
        kept = effect.act is Act.STORES and effect.by == "cache" and fixed and _holds_caller(effect.value)
        if kept and not only_for_visitors(project, effect):
            yield written(effect.where)


def _cached(project: Project, module: Module) -> Iterator[tuple[Spot, Place]]:
    """Views and methods below `cache_page`, and views that a URLconf wraps in it."""
    nodes: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = [
        *module.nodes(ast.FunctionDef),
        *module.nodes(ast.AsyncFunctionDef),
        *module.nodes(ast.ClassDef),
    ]
    for node in nodes:
        names = {name for each in node.decorator_list for name in _names(each)}
        caches = next((each for each in node.decorator_list if _caches(each)), None)
        if caches is not None and not names & _TELLS_APART:
            yield module.spot(node), module.place(caches)
    for call in module.nodes(ast.Call):
        match call:
            case ast.Call(func=ast.Call(func=ast.Name(id="cache_page")), args=[view]):
                yield from _wrapped(project, module, call, view)
            case _:
                pass


def _wrapped(project: Project, module: Module, call: ast.Call, view: ast.expr) -> Iterator[tuple[Spot, Place]]:
    if isinstance(view, ast.Call) and isinstance(view.func, ast.Attribute) and view.func.attr == "as_view":
        view = view.func.value
    name = project.qualname(module, view)
    found = project.imports.definition(name, module.path) if name else None
    if found is not None:
        yield found.module.spot(found.node), module.place(call)


def _caches(decorator: ast.expr) -> bool:
    return any(_is_cache(node) for node in walk(decorator))


def _is_cache(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="cache_page") | ast.Attribute(attr="cache_page")):
            return True
        case ast.Call(func=ast.Name(id="cache_control"), keywords=keywords):
            return any(k.arg == "public" and getattr(k.value, "value", False) is True for k in keywords)
        case _:
            return False


def _names(node: ast.expr) -> Iterator[str]:
    for each in walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr
