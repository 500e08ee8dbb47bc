"""The list of routes: which ones require authentication. For people to read."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver

from . import admin_views, handlers, public_views, route_access

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SERVERS = frozenset({"runserver", "bearer_runserver", "runserver_plus"})


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    Attributes:
        pattern: The path, as the URLconf writes it.
        view: The dotted name of the view.
        open_to: The methods for which the middleware requires no authentication.
        is_admin: Whether it is a page of the admin, which accepts no API token and no token without all `SCOPES`.
        has_own_check: Whether it is an endpoint of ours that requires a credential itself.
    """

    pattern: str
    view: str
    open_to: tuple[str, ...]
    is_admin: bool = False
    has_own_check: bool = False

    @property
    def access(self) -> str:
        """`own check`, `public` (also where only some methods are), `admin` or `closed`."""
        if self.open_to:
            return "own check" if self.has_own_check else "public"
        return "admin" if self.is_admin else "closed"


def routes() -> Iterator[Route]:
    """Every route, in the order in which Django tries them. Paths are shown as they are written in the URLconf."""
    rules = route_access.rules()
    for way, is_admin in admin_views.routes(get_resolver()):
        path = "/" + "".join(str(step.pattern).removeprefix("^") for step in way)
        view = way[-1].callback
        open_to, own_check = _open_to(view, path, rules), public_views.has_own_check(view)
        yield Route(path, handlers.name_of(view), open_to, is_admin, own_check)


def log_public_routes(arguments: list[str] = sys.argv) -> None:
    """When Django's development server starts, print how many routes require authentication."""
    if not SERVERS & set(arguments[1:2]):
        return
    found = Counter(route.access for route in routes())
    sys.stderr.write(
        f"django-bearer: {found['closed'] + found['own check']} routes require authentication, {found['public']} are"
        f" public, {found['admin']} belong to the admin. `manage.py bearer_routes` lists them.\n"
    )


def _open_to(view: Any, path: str, rules: route_access.Rules) -> tuple[str, ...]:
    literal = path.split("<")[0].split("(")[0]
    return tuple(method for method in METHODS if route_access.is_open(view, method, literal, literal, rules))
