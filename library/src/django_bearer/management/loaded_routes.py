"""The routes as the running project resolves them: every pattern, and what its view says of itself."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any, TypedDict

from django.conf import settings
from django.urls import get_resolver
from django.urls.resolvers import RoutePattern
from django.utils.module_loading import import_string

from ..http import admin_views, handlers, route_access
from ..http.middleware import BearerMiddleware
from ..http.public_routes import METHODS

_FORMAT = re.compile(r"<(drf_format_suffix|format)\b")
"""REST framework's second address for the same view: `notes.json` beside `notes/`."""
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\\]|\\.)*\)")


class RouteRecord(TypedDict):
    """One route as the running project resolves it, in plain values; the auditor says what each is for."""

    path: str
    view: str
    file: str
    login_required: bool
    methods: tuple[str, ...]
    actions: tuple[tuple[str, str], ...]
    permissions: tuple[str, ...] | None
    authenticators: tuple[str, ...] | None
    throttles: tuple[str, ...] | None
    public: tuple[str, ...] | None


def routes() -> Iterator[RouteRecord]:
    """Every route of the URLconf, in the order in which Django tries them."""
    rules = route_access.rules() if _is_closing() else None
    for way, is_admin in admin_views.routes(get_resolver()):
        path = "".join(_written(step.pattern) for step in way)
        if not _FORMAT.search(path):
            yield _route(path, way[-1].callback, is_admin, rules)


def _route(path: str, view: Any, is_admin: bool, rules: route_access.Rules | None) -> RouteRecord:
    found = handlers.view_class(view)
    literal = "/" + re.split(r"[<(]", path)[0]
    rest = found is not None and handlers.is_rest_framework(found)
    given = getattr(view, "initkwargs", None) or getattr(view, "view_initkwargs", None) or {}
    told = {name: given.get(name, getattr(found, name, ())) for name in _ASKED} if rest else {}
    login_required = is_admin and admin_views.asks_for_login(view)
    told_by = inspect.unwrap(view) if found is None else found
    return RouteRecord(
        path=path,
        view=_name(told_by),
        file=getattr(sys.modules.get(told_by.__module__), "__file__", None) or "",
        login_required=login_required,
        methods=()
        if found is None or login_required
        else tuple(each for each in METHODS if hasattr(found, each.lower())),
        actions=tuple((method.upper(), action) for method, action in (getattr(view, "actions", None) or {}).items()),
        permissions=_names(told.get("permission_classes")),
        authenticators=_names(told.get("authentication_classes")),
        throttles=_names(told.get("throttle_classes")),
        public=_open_to(view, literal, rules, login_required) if rules is not None else None,
    )


def _open_to(view: Any, path: str, rules: route_access.Rules, login_required: bool) -> tuple[str, ...]:
    return tuple(m for m in METHODS if login_required or route_access.is_open(view, m, path, path, rules))


_ASKED = ("permission_classes", "authentication_classes", "throttle_classes")


def _name(view: Any) -> str:
    """REST framework's `@api_view` makes a class that bears the function's name, but not as its qualified one."""
    name = getattr(view, "__qualname__", type(view).__qualname__)
    return f"{view.__module__}.{view.__name__ if name == 'WrappedAPIView' else name}"


def _names(classes: Any) -> tuple[str, ...] | None:
    """None where there are none to name: operators of permissions have no name that a rule knows."""
    if classes is None or not all(isinstance(each, type) for each in classes):
        return None
    return tuple(_name(each) for each in classes)


def _written(pattern: Any) -> str:
    """A pattern as people write a path: expressions lose their anchors, and groups become converters."""
    text = str(pattern)
    if isinstance(pattern, RoutePattern):
        return text
    return _GROUP.sub(r"<\1>", text.removeprefix("^").removesuffix("$").removesuffix(r"\Z"))


def _is_closing() -> bool:
    """Whether our middleware stands before every view."""
    return any(_is_ours(path) for path in settings.MIDDLEWARE)


def _is_ours(path: str) -> bool:
    try:
        return issubclass(import_string(path), BearerMiddleware)
    except (ImportError, TypeError):
        return False
