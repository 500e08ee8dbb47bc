"""Endpoints as JSON, so that a route is judged again only when something it rests on has changed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from django_bearer_audit.finding import Place
from django_bearer_audit.project.routes.facts import Endpoint, Fact, Handler, Kind, Purpose, Source, Who
from django_bearer_audit.project.routes.names import Written
from django_bearer_audit.project.source import Spot

Find = Callable[[Spot], Any]


def name_of(*told: str, nodes: Iterable[Written]) -> str | None:
    """A name for what is read, the same while these nodes stay where they are; None when one of them is made up."""
    places = [_place(module.path, node) for module, node in nodes]
    return None if None in places else "|".join([*told, *map(str, places)])


def _place(path: str, node: ast.AST) -> str | None:
    ends = [getattr(node, name, None) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")]
    return None if None in ends else f"{path}:{':'.join(map(str, ends))}"


def written(endpoints: list[Endpoint] | None) -> list[Any] | None:
    """As JSON."""
    return None if endpoints is None else [_written(endpoint) for endpoint in endpoints]


def read(data: list[Any] | None, find: Find) -> list[Endpoint] | None:
    """The endpoints again; `find` looks up the code of one when it is asked for."""
    return None if data is None else [_read(each, find) for each in data]


def _written(endpoint: Endpoint) -> list[Any]:
    facts = (endpoint.permission, endpoint.authentication, endpoint.throttle, endpoint.csrf)
    handler = endpoint.handler
    return [
        endpoint.path,
        endpoint.method,
        endpoint.view,
        endpoint.kind.value,
        _of_place(endpoint.where),
        endpoint.who.value,
        *([fact.names, fact.source.value, _of_place(fact.where)] for fact in facts),
        endpoint.purpose.value,
        None if handler is None else [handler.code, handler.is_class, handler.view, handler.name],
    ]


def _read(data: list[Any], find: Find) -> Endpoint:
    path, method, view, kind, where, who, permission, authentication, throttle, csrf, purpose, handler = data
    return Endpoint(
        path,
        method,
        view,
        Kind(kind),
        Place(*where),
        Who(who),
        _fact(permission),
        _fact(authentication),
        _fact(throttle),
        _fact(csrf),
        Purpose(purpose),
        handler=None if handler is None else _handler(handler, find),
    )


def _handler(data: list[Any], find: Find) -> Handler:
    code, is_class, view, name = data
    return Handler(Spot(*code), is_class, Spot(*view), name, find)


def _fact(data: list[Any]) -> Fact:
    names, source, where = data
    return Fact(None if names is None else tuple(names), Source(source), Place(*where) if where else None)


def _of_place(place: Place | None) -> list[Any] | None:
    return None if place is None else [place.path, place.line_start, place.line_end]
