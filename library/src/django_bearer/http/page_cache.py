"""Django's cache of whole pages (`UpdateCacheMiddleware`, `cache_page`) is passed by with a bearer token, both ways.

It answers before any view is known, and `cache_page` stores what it is given before any middleware could say whose it
is. So no response to a request with a token is stored there, and every such request reaches the view.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.middleware.cache import FetchFromCacheMiddleware, UpdateCacheMiddleware

from . import authentication, caching

_OURS = "_django_bearer_passes_by"


def install() -> None:
    """Let Django's two classes, on which all its page caches stand, ask here first. Done once a process."""
    if not hasattr(FetchFromCacheMiddleware, _OURS):
        setattr(FetchFromCacheMiddleware, _OURS, True)
        FetchFromCacheMiddleware.process_request = _fetching(FetchFromCacheMiddleware.process_request)  # type: ignore[method-assign]
        UpdateCacheMiddleware.process_response = _storing(UpdateCacheMiddleware.process_response)  # type: ignore[method-assign]


def _fetching(fetch: Any) -> Any:
    @wraps(fetch)
    def process_request(self: Any, request: Any) -> Any:
        if authentication.sends_token(_plain(request)):
            return None
        return fetch(self, request)

    return process_request


def _storing(store: Any) -> Any:
    @wraps(store)
    def process_response(self: Any, request: Any, response: Any) -> Any:
        caching.patch_cache_headers(_plain(request), response)
        return response if authentication.sends_token(_plain(request)) else store(self, request, response)

    return process_response


def _plain(request: Any) -> HttpRequest:
    """Django's request, also where REST framework has wrapped it for a method of a view."""
    found: HttpRequest = getattr(request, "_request", request)
    return found
