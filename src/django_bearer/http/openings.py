"""Openings: every route of the project, and whether it may be entered without a token. For people to look at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from . import closed, marks

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SERVERS = frozenset({"runserver", "bearer_runserver", "runserver_plus"})


@dataclass(frozen=True, slots=True)
class Route:
    """One route; `open_to` are the methods by which it may be entered without a token."""

    pattern: str
    view: str
    open_to: tuple[str, ...]


def routes() -> Iterator[Route]:
    """Every route, in the order in which Django tries them. Paths are shown as they are written in the URLconf."""
    yield from _walk(get_resolver().url_patterns, "/")


def announce(arguments: list[str] = sys.argv) -> None:
    """While Django's development server starts, say how much is closed, so that a 401 surprises nobody."""
    if not SERVERS & set(arguments[1:2]):
        return
    found = list(routes())
    is_open = sum(bool(route.open_to) for route in found)
    sys.stderr.write(
        f"django-bearer: {len(found) - is_open} routes are closed to whoever has no token, {is_open} are public."
        " `manage.py bearer_routes` lists them.\n"
    )


def _walk(patterns: list[Any], before: str) -> Iterator[Route]:
    for found in patterns:
        path = before + str(found.pattern).removeprefix("^")
        if isinstance(found, URLResolver):
            yield from _walk(found.url_patterns, path)
        elif isinstance(found, URLPattern):
            yield Route(path, _name(found.callback), _open_to(found.callback, path))


def _open_to(view: Any, path: str) -> tuple[str, ...]:
    literal = path.split("<")[0].split("(")[0]
    return tuple(method for method in METHODS if closed.is_open(view, method, literal, literal))


def _name(view: Any) -> str:
    found = marks.view_class(view) or view
    return f"{found.__module__}.{getattr(found, '__qualname__', type(found).__qualname__)}"
