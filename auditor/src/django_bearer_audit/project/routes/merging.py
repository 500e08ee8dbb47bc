"""The table of a running project: its resolved routes, each told by what reading its view finds."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from django_bearer_audit.finding import Place
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.loaded import LoadedRoute
from django_bearer_audit.project.routes.facts import Endpoint, Fact, Handler, Kind, Purpose, Source, Who
from django_bearer_audit.project.source import Spot

_ASKS = re.compile(
    r"IsAuthenticated|IsAdmin|DjangoModelPermissions|DjangoObjectPermissions|IsAuthenticatedUnlessPublic|TokenHas"
)
_LEAVES_READING = re.compile(r"ReadOnly|OrAnon")

Define = Callable[[LoadedRoute], Definition | None]
"""The class or function of the tree that a route leads to."""
Build = Callable[[LoadedRoute, Definition | None, Place | None], Iterator[Endpoint]]
"""The endpoints of a route that reading the URLconfs did not find."""


def merged(read: Sequence[Endpoint], routes: Sequence[LoadedRoute], define: Define, build: Build) -> list[Endpoint]:
    """The endpoints of the resolved routes; views that were read and are on no route keep saying so."""
    by_view: dict[Spot, list[Endpoint]] = defaultdict(list)
    by_name: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in read:
        if endpoint.handler is not None:
            by_view[_view_of(endpoint.handler)].append(endpoint)
        by_name[endpoint.view].append(endpoint)
    table: list[Endpoint] = []
    served: set[Spot] = set()
    for route in routes:
        found = define(route)
        spot = found.module.spot(found.node) if found else None
        known = by_view.get(spot, []) if spot else by_name.get(route.view, [])
        if spot:
            served.add(spot)
        table += [_told(each, route) for each in _endpoints(route, found, known, build)]
    return table + [each for each in read if _stays(each, served)]


def _endpoints(
    route: LoadedRoute, found: Definition | None, known: list[Endpoint], build: Build
) -> Iterator[Endpoint]:
    here = [each for each in known if _same(each.path, route.path)]
    methods = {method for method, _ in route.actions}
    kept = [each for each in here or known if not methods or each.method in methods]
    if kept:
        yield from (replace(each, path=route.path) for each in _one_a_method(kept, route))
        return
    yield from build(route, found, known[0].where if known else None)


def _one_a_method(endpoints: list[Endpoint], route: LoadedRoute) -> Iterator[Endpoint]:
    """A view may be on many routes: of each method, what was read once. A view set's route names its actions."""
    actions = dict(route.actions)
    seen: set[str] = set()
    for endpoint in endpoints:
        action = actions.get(endpoint.method)
        node = endpoint.handler.node if endpoint.handler else None
        other = action and isinstance(node, ast.FunctionDef) and node.name != action
        if not other and endpoint.method not in seen:
            seen.add(endpoint.method)
            yield endpoint


def _told(endpoint: Endpoint, route: LoadedRoute) -> Endpoint:
    """What the running project adds: the classes in force where reading could not tell, and what is public."""
    if route.login_required:
        return replace(endpoint, who=Who.CHECKED, permission=Fact(("admin",), Source.PACKAGE), purpose=Purpose.OTHER)
    endpoint = replace(
        endpoint,
        permission=_fact(endpoint.permission, route.permissions),
        authentication=_fact(endpoint.authentication, route.authenticators),
        throttle=_fact(endpoint.throttle, route.throttles),
    )
    if endpoint.who is Who.UNKNOWN and route.permissions is not None:
        endpoint = replace(endpoint, who=who_enters(route.permissions, endpoint.safe))
    if route.public is None:
        return endpoint
    if endpoint.method in route.public or (endpoint.method == "ANY" and route.public):
        marked = endpoint.who is Who.CHECKED and endpoint.permission.source is Source.MIDDLEWARE
        public = Fact(("public",), Source.VIEW, endpoint.where)
        return (
            replace(endpoint, who=Who.EVERYBODY, permission=public, purpose=_public(endpoint)) if marked else endpoint
        )
    middleware_closes = endpoint.who in {Who.EVERYBODY, Who.UNKNOWN}
    return (
        replace(endpoint, who=Who.CHECKED, permission=Fact(("closed",), Source.MIDDLEWARE))
        if middleware_closes
        else endpoint
    )


def who_enters(permissions: Sequence[str], safe: bool) -> Who:
    """Who passes these permission classes of REST framework; all of them have to agree."""
    names = [name.rpartition(".")[2] for name in permissions if name.rpartition(".")[2] != "AllowAny"]
    asking = [name for name in names if _ASKS.search(name) and not (safe and _LEAVES_READING.search(name))]
    if asking:
        return Who.USER
    left = [name for name in names if not _ASKS.search(name)]
    return Who.CHECKED if left else Who.EVERYBODY


def _public(endpoint: Endpoint) -> Purpose:
    return Purpose.PUBLIC if endpoint.purpose is Purpose.OTHER else endpoint.purpose


def _fact(read: Fact, loaded: tuple[str, ...] | None) -> Fact:
    return read if loaded is None or read.names is not None else replace(read, names=loaded)


def _stays(endpoint: Endpoint, served: set[Spot]) -> bool:
    """Operations that are no view of their own (Ninja, GraphQL), and views that no route leads to."""
    if endpoint.kind in {Kind.NINJA, Kind.GRAPHQL}:
        return True
    return endpoint.path == "?" and (endpoint.handler is None or _view_of(endpoint.handler) not in served)


def _view_of(handler: Handler) -> Spot:
    return handler.view


def _same(first: str, second: str) -> bool:
    return _shape(first) == _shape(second)


def _shape(path: str) -> str:
    """A path without the names and kinds of its parameters."""
    return re.sub(r"<[^>]*>|\(\?P[^)]*\)", "<>", path).strip("/^$")
