"""Advice for pages that hold sessions: a content security policy, and CORS that lets those pages ask (row 3)."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage

from ..conf.clients import ClientKind
from ..http import csp
from ..primitives.same_site import origin_of
from .cors import MIDDLEWARE as CORS
from .cors import all_allowed
from .deployment import Advice, given, has_middleware, ours

POLICIES = ("django.middleware.csp.ContentSecurityPolicyMiddleware", "csp.middleware.CSPMiddleware")
HEADER = "x-bearer-client"


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What pages that hold sessions are missing."""
    return given(ADVICE)


def _origins() -> set[str]:
    """Origins of pages, the API's own aside."""
    config = ours()
    if config is None:
        return set()
    named = {origin for one in config.clients.values() if ClientKind.BROWSER in one.kinds for origin in one.origins}
    return named - ({origin_of(config.issuer)} if isinstance(config.issuer, str) else set())


def _no_policy(found: Any) -> bool:
    set_ = getattr(found, "SECURE_CSP", None) or getattr(found, "CONTENT_SECURITY_POLICY", None)
    return bool(_origins()) and not (set_ and has_middleware(found, *POLICIES))


def _cannot_ask(found: Any) -> bool:
    missing = _origins() - set(getattr(found, "CORS_ALLOWED_ORIGINS", ()))
    return bool(missing) and not (
        has_middleware(found, CORS)
        and (all_allowed(found) or bool(getattr(found, "CORS_ALLOWED_ORIGIN_REGEXES", ())))
    )


def _without_cookie_or_header(found: Any) -> bool:
    if not _origins() or not has_middleware(found, CORS):
        return False
    headers = {str(name).lower() for name in getattr(found, "CORS_ALLOW_HEADERS", ())}
    return not getattr(found, "CORS_ALLOW_CREDENTIALS", False) or HEADER not in headers


ADVICE = (
    Advice(
        "bearer.W151",
        "Pages hold sessions, and no content security policy says which script may run in them.",
        f"SECURE_CSP = django_bearer.http.csp.strict() (docs/guide/csp.md), which sends: {csp.header(csp.strict())}",
        _no_policy,
    ),
    Advice(
        "bearer.W152",
        "A client's pages are of another origin than the API, and CORS does not let them ask it.",
        "django-cors-headers, with all of the client's origins in CORS_ALLOWED_ORIGINS (docs/guide/browser.md).",
        _cannot_ask,
    ),
    Advice(
        "bearer.W153",
        "CORS lets a client's pages ask, but without the session's cookie or the header that must go along.",
        f'CORS_ALLOW_CREDENTIALS = True; CORS_ALLOW_HEADERS = ["authorization", "content-type", "{HEADER}"]',
        _without_cookie_or_header,
    ),
)
