"""Whom the project's own permission classes let in: each is asked about a request without a login, as it would be.

The auditor reads code and cannot know what a class of the project decides. Here the project is loaded, so that its
classes of REST framework can be asked. The view itself is not run. A class that cannot answer for a made-up request
leaves the decision to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import NotSupportedError, connections
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from .open_views import ASKED, CHECKED, handler_of, named_object, view_of


def answered(routes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The same routes; those whose permission classes let everybody in say so."""
    from rest_framework.permissions import BasePermission
    from rest_framework.views import APIView

    mounted = [each for each in _callbacks(get_resolver()) if issubclass(getattr(each, "cls", object), APIView)]

    def of(route: Mapping[str, Any]) -> Mapping[str, Any]:
        names = route["permission"]["names"] or ()
        own = bool(names) and all(_is_class_of(named_object(name), BasePermission) for name in names)
        return {**route, "who": ASKED} if route["who"] == CHECKED and own and _lets_in(route, mounted) else route

    return [of(route) for route in routes]


def _is_class_of(held: Any, base: type) -> bool:
    return isinstance(held, type) and issubclass(held, base)


def _callbacks(resolver: URLResolver) -> Iterator[Any]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _callbacks(each)
        elif isinstance(each, URLPattern):
            yield each.callback


def _lets_in(route: Mapping[str, Any], mounted: Iterable[Any]) -> bool:
    """Whether every view that may be meant by a route lets a request without a login in."""
    held = named_object(view_of(route))
    cls = held if isinstance(held, type) else getattr(held, "cls", None)
    method, handler = str(route["method"]), handler_of(route)
    meant = [each for each in mounted if each.cls is cls and _handles(each, method, handler)]
    return bool(meant) and all(_enters(each, method, handler) for each in meant)


def _handles(callback: Any, method: str, handler: str) -> bool:
    actions = getattr(callback, "actions", None)
    return actions is None or actions.get(method.lower()) == handler


def _enters(callback: Any, method: str, handler: str) -> bool:
    """Whether nothing but the permission classes stands before a view, and they let a request without a login in."""
    if not _is_bare(callback):
        return False
    try:
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(_no_query))
            _check(callback, method, handler)
    except Exception:  # it is refused, or the project's own code expects more of a request
        return False
    return True


def _is_bare(callback: Any) -> bool:
    """Whether a callback is what `as_view()` returns, of a class that leaves REST framework's own steps alone."""
    inner = getattr(callback, "__wrapped__", None)  # REST framework puts Django's `csrf_exempt` around its views
    places = [getattr(each, "__globals__", {}).get("__name__") for each in (callback, inner)]
    made = places[0] == "django.views.decorators.csrf" and places[1] in AS_VIEW
    return made and all(_owner(callback.cls, name).startswith("rest_framework.") for name in ("dispatch", "initial"))


def _owner(cls: type, name: str) -> str:
    return str(getattr(getattr(cls, name), "__globals__", {}).get("__name__", ""))


def _no_query(*_: Any) -> None:
    raise NotSupportedError("what depends on stored data is decided by a person")


def _check(callback: Any, method: str, handler: str) -> None:
    view = callback.cls(**getattr(callback, "initkwargs", {}))
    made = RequestFactory().generic(method, "/")
    view.args, view.kwargs, view.format_kwarg = (), {}, None
    if getattr(callback, "actions", None):
        view.action_map, view.action = callback.actions, handler
    view.request = view.initialize_request(made)
    view.request.user = made.user = AnonymousUser()  # no class of authentication is asked
    view.check_permissions(view.request)


AS_VIEW = frozenset({"django.views.generic.base", "rest_framework.viewsets"})
"""Where the functions are made that `as_view()` returns."""
