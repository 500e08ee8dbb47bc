"""Where a browser without a login is sent: to the login page, as Django's LoginRequiredMiddleware does.

Only who asks for a page is: a browser that goes to one, or sends a form, and names no credential. An API answers 401.
What was typed into a form is lost, as with Django's own `login_required`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise

from ..errors import Failure, NotAuthenticated
from .audience import MARK
from .handlers import opens_every_view, path_view, view_class

VARY = ("Accept", "Authorization", "Cookie")
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""What a form of HTML can be sent as. Script that calls an API sends JSON, or does not navigate."""


def redirect(request: HttpRequest, view: Any, refused: Failure) -> HttpResponseBase | None:
    """The redirect to the login page, or None for a request that is to be refused."""
    if not _may_redirect(request, view, refused) or not _wants_page(request):
        return None
    url = _login_url(request, view)
    if not url or _is_same(request, url) or not _is_there(request, url):
        return None
    here = request.build_absolute_uri()
    after = request.get_full_path() if _is_here(url, here) else here
    name = _named(view, "redirect_field_name") or REDIRECT_FIELD_NAME
    return vary(redirect_to_login(after, url, name), request, view, refused)


def vary(answer: HttpResponseBase, request: HttpRequest, view: Any, refused: Failure) -> HttpResponseBase:
    """The same answer, which says that it depends on `Accept` where it does."""
    if _may_redirect(request, view, refused):
        patch_vary_headers(answer, VARY)
    return answer


def is_api(view: Any) -> bool:
    """Whether a view is not for browsers: of a framework for APIs, or one that names an audience of tokens."""
    found = view_class(view)
    return (
        hasattr(view, MARK)
        or (found is not None and (hasattr(found, MARK) or opens_every_view(found)))
        or path_view(view) is not None
    )


def _may_redirect(request: HttpRequest, view: Any, refused: Failure) -> bool:
    return (
        refused.error is NotAuthenticated
        and (request.method in ("GET", "HEAD") or _is_sent_form(request))
        and not request.META.get("HTTP_AUTHORIZATION")
        and not is_api(view)
        and getattr(view_class(view), "raise_exception", False) is not True  # a mixin's: 403, and no login page
    )


def _is_sent_form(request: HttpRequest) -> bool:
    """Whether a browser sends a form and shows the answer as its page. An old one does not say that it navigates."""
    mode = request.META.get("HTTP_SEC_FETCH_MODE", "navigate")
    return request.method == "POST" and request.content_type in FORMS and mode == "navigate"


def _wants_page(request: HttpRequest) -> bool:
    """Whether HTML is preferred to JSON; who takes anything is no browser that opens a page."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _login_url(request: HttpRequest, view: Any) -> str:
    """The login page of a view: its own, that of the admin site around it, or `LOGIN_URL`."""
    own = _named(view, "login_url") or _of_admin(request) or settings.LOGIN_URL
    try:
        return str(resolve_url(own)) if own else ""
    except NoReverseMatch:
        return ""


def _named(view: Any, name: str) -> str:
    """What a view says of its login: `login_required` writes it on functions, `LoginRequiredMixin` on classes."""
    said = (getattr(holder, name, None) for holder in (view, view_class(view)))
    return next((str(text) for text in said if text and isinstance(text, str | Promise)), "")


def _of_admin(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None or "admin" not in match.app_names:
        return ""
    depth = match.app_names.index("admin") + 1
    try:
        return reverse(":".join((*match.namespaces[:depth], "login")))
    except NoReverseMatch:
        return ""


def _is_same(request: HttpRequest, url: str) -> bool:
    """Whether the login page is what is asked for: it is closed itself, and a redirect would never end."""
    same = urlsplit(url).path.rstrip("/") == request.path.rstrip("/")  # APPEND_SLASH leads from one to the other
    return same and _is_here(url, request.build_absolute_uri())


def _is_here(url: str, here: str) -> bool:
    """Whether an address is of this scheme and host; a path alone is."""
    wanted, given = urlsplit(url), urlsplit(here)
    return wanted.scheme in ("", given.scheme) and wanted.netloc in ("", given.netloc)


def _is_there(request: HttpRequest, url: str) -> bool:
    """Whether the project has a login page: it set `LOGIN_URL`, or a route of its own answers there."""
    if settings.is_overridden("LOGIN_URL") or urlsplit(url).netloc:  # type: ignore[misc]  # unknown to the stubs
        return True
    try:
        resolve(urlsplit(url).path, getattr(request, "urlconf", None))
    except Resolver404:
        return False
    return True
