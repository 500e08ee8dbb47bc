"""Public routes: every route of the project, and who may enter it without a token. For people to read."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver

from . import admin_views, handlers, route_access

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SERVERS = frozenset({"runserver", "bearer_runserver", "runserver_plus"})


@dataclass(frozen=True, slots=True)
class Route:
    """One route; `open_to` are the methods by which it may be entered without a token.

    `is_admin` is a page of the admin: for its own staff, and for no API token and no token of fewer scopes.
    """

    pattern: str
    view: str
    open_to: tuple[str, ...]
    is_admin: bool = False

    @property
    def access(self) -> str:
        """In one word: `public`, also where some methods are; `admin`; or `closed`."""
        return "public" if self.open_to else "admin" if self.is_admin else "closed"


def routes() -> Iterator[Route]:
    """Every route, in the order in which Django tries them. Paths are shown as they are written in the URLconf."""
    rules = route_access.rules()
    for way, is_admin in admin_views.routes(get_resolver()):
        path = "/" + "".join(str(step.pattern).removeprefix("^") for step in way)
        view = way[-1].callback
        yield Route(path, handlers.name_of(view), _open_to(view, path, rules), is_admin)


def log_public_routes(arguments: list[str] = sys.argv) -> None:
    """While Django's development server starts, say how much is closed, so that a 401 surprises nobody."""
    if not SERVERS & set(arguments[1:2]):
        return
    found = Counter(route.access for route in routes())
    sys.stderr.write(
        f"django-bearer: {found['closed']} routes are closed to whoever has no token, {found['public']} are public,"
        f" {found['admin']} are the admin's. `manage.py bearer_routes` lists them.\n"
    )


def _open_to(view: Any, path: str, rules: route_access.Rules) -> tuple[str, ...]:
    literal = path.split("<")[0].split("(")[0]
    return tuple(method for method in METHODS if route_access.is_open(view, method, literal, literal, rules))
