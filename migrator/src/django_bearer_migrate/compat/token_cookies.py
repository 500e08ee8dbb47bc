"""The cookies of dj-rest-auth: under their old names, always Secure and HttpOnly, and read only where CSRF holds.

A page's refresh token is never in them: it is in django-bearer's own `__Host-` cookie. `AccessCookieMiddleware`
stands above `django_bearer.BearerMiddleware` and hands an access cookie on as what it is, a token. So it opens what a
token in the header opens, and no more.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import CSRFCheck

from .. import clock, settings

logger = logging.getLogger("django_bearer_migrate")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SAME_SITE = {"strict": "Strict", "lax": "Lax"}
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*", re.ASCII)


def given() -> Mapping[str, Any]:
    """`REST_AUTH` as it is."""
    found = getattr(django_settings, "REST_AUTH", None)
    return found if isinstance(found, Mapping) else {}


def access_name() -> str:
    """The name of the cookie with the access token; empty where the project has none."""
    return str(given().get("JWT_AUTH_COOKIE") or "")


def refresh_name() -> str:
    """The name of the cookie with an app's refresh token; empty where the project has none."""
    return str(given().get("JWT_AUTH_REFRESH_COOKIE") or "")


def hides_refresh_tokens() -> bool:
    """Whether a refresh token is never in a body (`JWT_AUTH_HTTPONLY`)."""
    return given().get("JWT_AUTH_HTTPONLY", True) is not False


@sensitive_variables()
def put_access(response: Any, token: str, seconds: int) -> None:
    """Set the access cookie, which ends with its token."""
    if access_name():
        _put(response, access_name(), token, seconds, "/")


@sensitive_variables()
def put_refresh(response: Any, token: str, seconds: int) -> None:
    """Set an app's refresh cookie, which ends with its token."""
    if refresh_name():
        _put(response, refresh_name(), token, seconds, _refresh_path())


def clear(response: Any) -> None:
    """Take both cookies back, at the path and the domain where dj-rest-auth has put them."""
    for name, path in ((access_name(), "/"), (refresh_name(), _refresh_path())):
        if name:
            response.delete_cookie(
                name, path=path, domain=given().get("JWT_AUTH_COOKIE_DOMAIN"), samesite=_same_site()
            )


@sensitive_variables()
def _put(response: Any, name: str, token: str, seconds: int, path: str) -> None:
    response.set_cookie(name, token, max_age=seconds, path=path, secure=True, httponly=True, samesite=_same_site())


def _refresh_path() -> str:
    return str(given().get("JWT_AUTH_REFRESH_COOKIE_PATH") or "/")


def _same_site() -> Any:
    return SAME_SITE.get(str(given().get("JWT_AUTH_SAMESITE", "Lax")).lower(), "Lax")


def give_csrf_token(request: HttpRequest) -> None:
    """Have Django set its cookie `csrftoken`, whose value clients with token cookies send in `X-CSRFToken`."""
    if (access_name() or refresh_name()) and not django_settings.CSRF_USE_SESSIONS:
        get_token(request)


def csrf_reason(request: HttpRequest) -> str | None:
    """Why a request may come from a page of another site, by Django's own check; None where it does not.

    A request without any sign of a browser needs the token and its cookie, but neither Origin nor Referer.
    """
    if django_settings.CSRF_USE_SESSIONS and not hasattr(request, "session"):
        return "CSRF_USE_SESSIONS keeps the token where it cannot be read yet: set it to False."
    check = (CSRFCheck if may_be_browser(request) else _TokenCheck)(lambda _: JsonResponse({}))
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check.process_request(request)
    found: str | None = check.process_view(request, None, (), {})  # type: ignore[assignment, arg-type]
    request.csrf_processing_done = False  # type: ignore[attr-defined]  # what else reads a cookie checks for itself
    return found


def may_be_browser(request: HttpRequest) -> bool:
    """Whether anything in a request says that a browser sent it.

    Every browser says `Mozilla/` and sends Origin with a POST from another site; newer ones send Sec-Fetch-Site with
    every request over TLS. No page can take these headers away.
    """
    signs = ("HTTP_ORIGIN", "HTTP_REFERER")
    seen = any(name in signs or name.startswith("HTTP_SEC_FETCH_") for name in request.META)
    return seen or str(request.META.get("HTTP_USER_AGENT", "")).lstrip().lower().startswith("mozilla/")


class _TokenCheck(CSRFCheck):
    """Django's check of the token against its cookie, without its rule that TLS requests have a Referer."""

    def _check_referer(self, request: HttpRequest) -> None:
        """A program sends no Referer. The rule is against a page that could set the cookie, so for browsers alone."""


class AccessCookieMiddleware:
    """Reads the access cookie of dj-rest-auth's clients until the date of `BEARER_MIGRATE["simplejwt"]`.

    Put it above `django_bearer.BearerMiddleware`. A request that changes something passes Django's CSRF check first,
    whatever `JWT_AUTH_COOKIE_USE_CSRF` says; where it fails, the cookie is as good as absent.

    Args:
        get_response: The next middleware, as Django passes it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    @sensitive_variables()
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Hand the cookie on, and say 403 where the cookie would have been needed and CSRF did not hold."""
        token = self._token(request)
        if not token:
            return self.get_response(request)
        reason = None if request.method in SAFE_METHODS else csrf_reason(request)
        if reason is None:
            request.META["HTTP_AUTHORIZATION"] = f"Bearer {token}"
            return self.get_response(request)
        logger.debug("the cookie %s was not read: CSRF Failed: %s", access_name(), reason)
        response = self.get_response(request)
        if getattr(response, "status_code", 0) == 401:
            return JsonResponse(
                {"detail": f"CSRF Failed: {reason}"}, status=403, headers={"Cache-Control": "no-store"}
            )
        return response

    @sensitive_variables()
    def _token(self, request: HttpRequest) -> str:
        if not access_name() or request.META.get("HTTP_AUTHORIZATION"):
            return ""
        entry = settings.current().simplejwt
        token = request.COOKIES.get(access_name(), "")
        accepted = entry is not None and clock.seconds() < entry.entry.ends_at
        return token if accepted and _TOKEN.fullmatch(token) else ""
