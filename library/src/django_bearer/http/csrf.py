"""Django's CSRF check for requests to closed routes whose login is a session cookie.

Django does not check `csrf_exempt` views, as all of REST framework's and Ninja's are. Unless such a view checks CSRF
itself, a page of another site could use the session cookie.
"""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase, HttpResponseForbidden, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.datastructures import MultiValueDict
from django.utils.module_loading import import_string

from . import browser_origin

_BEFORE = "_django_bearer_csrf_before"
"""On a request: whether its CSRF check was switched off before a token did so, as Django's test client does."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def refusal(request: HttpRequest, view: Any) -> HttpResponseBase | None:
    """Django's refusal of a request that a page of another site may have sent with the user's cookies; else None.

    Where Django checks the view itself, nothing is done. The refusal is the project's `CSRF_FAILURE_VIEW`.
    """
    if request.method in SAFE_METHODS or _is_checked_by_django(view) or not _may_be_cross_site(request):
        return None
    check = CsrfViewMiddleware(_no_answer)
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check.process_request(request)
    return None if _has_valid_header(check, request) else check.process_view(request, _no_answer, (), {})


def _has_valid_header(middleware: CsrfViewMiddleware, request: HttpRequest) -> bool:
    """Whether the token in the header of an upload is enough. Its body then stays unread, for a view that reads it
    itself or sets upload handlers: both fail once Django has taken the fields apart."""
    if request.content_type != "multipart/form-data" or settings.CSRF_HEADER_NAME not in request.META:
        return False
    bare: Any = copy(request)
    bare._post, bare._files = QueryDict(), MultiValueDict()
    return middleware.process_view(bare, _no_answer, (), {}) is None


def would_django_refuse(request: HttpRequest, view: Any) -> bool:
    """Whether Django's own CSRF check will refuse this request."""
    if request.method in SAFE_METHODS or _is_exempt(view) or not any(_installed(tuple(settings.MIDDLEWARE))):
        return False
    check = CsrfViewMiddleware(_no_answer)
    check.process_request(request)
    return check.process_view(request, view, (), {}) is not None


def exempt(request: HttpRequest) -> None:
    """Exempt the request from Django's CSRF check: a valid token authenticates it, and no cookie."""
    vars(request).setdefault(_BEFORE, getattr(request, "_dont_enforce_csrf_checks", False))
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]


def require_check(request: HttpRequest) -> None:
    """Take that back, also where Django's check has let the request by for it."""
    if _BEFORE in vars(request):
        request._dont_enforce_csrf_checks = vars(request).pop(_BEFORE)  # type: ignore[attr-defined]
        request.csrf_processing_done = False  # type: ignore[attr-defined]


def _is_checked_by_django(view: Any) -> bool:
    """Whether Django's own check will run for this view. A class of the project's own may let some paths by."""
    own = CsrfViewMiddleware.process_view
    return not _is_exempt(view) and any(one.process_view is own for one in _installed(tuple(settings.MIDDLEWARE)))


def _is_exempt(view: Any) -> bool:
    return bool(getattr(view, "csrf_exempt", False))


@lru_cache(maxsize=4)
def _installed(middleware: tuple[str, ...]) -> tuple[type[CsrfViewMiddleware], ...]:
    found = map(import_string, middleware)
    return tuple(each for each in found if isinstance(each, type) and issubclass(each, CsrfViewMiddleware))


def _may_be_cross_site(request: HttpRequest) -> bool:
    """Whether a page of another site may have sent this request with the user's login.

    The session's cookie, always. What other middleware logs in by is not known: a browser names the origin of its
    page, and is held to it; another client has no page. Where no cookie came at all, a session was begun for this
    very request, as `RemoteUserMiddleware` does.
    """
    session = getattr(request, "session", None)
    by_cookie = session is not None and SESSION_KEY in session and bool(request.COOKIES)
    return by_cookie or browser_origin.is_browser(request.META)


def _no_answer(request: HttpRequest) -> HttpResponseBase:
    return HttpResponseForbidden()
