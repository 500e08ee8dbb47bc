"""Checks of the routes: `public` where it has no effect, and a login page that nobody may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve

from ..http import admin_views, handlers, public_views, route_access
from ..http.view_parts import TooManyParts, parts

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def check_public(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every `public` that a view is made of opens some route."""
    views = list(_views())
    working = {id(one) for view in views for one in public_views.effective(view, METHODS)}
    idle = {name: None for view in views for one, name in _decorated(view) if id(one) not in working}
    hint = (
        "Decorate what Django calls: the function that the URLconf names, the method that is called as the request's"
        " method or the view set's action is, in the class of the view itself and not in a base class."
    )
    return [Warning(f"public on {name} opens no route.", hint=hint, id="bearer.W021") for name in idle]


def check_login_page(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The login page is public, so that a redirect to it does not loop."""
    try:
        path = resolve_url(settings.LOGIN_URL)
        match = resolve(path)
    except (NoReverseMatch, Resolver404):
        return []
    route = "/" + str(match.route)
    if route_access.is_open(match.func, "GET", path, route) or admin_views.asks_for_login(match.func):
        return []
    hint = f"Decorate {handlers.name_of(match.func)} with django_bearer.public, or let LOGIN_URL name another page."
    return [Warning("LOGIN_URL names a page that is closed: nobody can log in there.", hint=hint, id="bearer.W022")]


def _views() -> Iterator[Any]:
    if getattr(settings, "ROOT_URLCONF", None):
        yield from (way[-1].callback for way, _ in admin_views.routes(get_resolver()))


def _decorated(view: Any) -> Iterator[tuple[object, str]]:
    """What `public` left on the parts of a view, and on which; Ninja's operations are parts of its views."""
    found = handlers.path_view(view)
    functions = [each.view_func for each in getattr(found, "operations", ())]
    try:
        for part in parts([view, *functions]):
            one = public_views.public_id(part)
            if one is not None:
                yield one, handlers.name_of(part)
    except TooManyParts:
        return
