"""Responses that a middleware below ours gives before the view is known, such as those of a page cache."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

from ..errors import Failure
from . import authentication, route_access
from .audience import audience_of


def refusal(request: HttpRequest, response: HttpResponseBase) -> Failure | None:
    """A `Failure` for a page that a refused token was given for a closed route, as a cache of whole pages gives it.

    Redirects and errors show nothing of a view, and what has no route is no view's.
    """
    if not (200 <= response.status_code < 300 or response.status_code == 304):
        return None
    try:
        match = request.resolver_match or resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return None
    request.resolver_match = match
    outcome = authentication.authenticate_unrecorded(request, audience_of(match.func))
    entry = route_access.entry(request, match.func, outcome) if isinstance(outcome, Failure) else None
    return entry if isinstance(entry, Failure) else None
