"""Checks of transport: tokens and session cookies travel over TLS only (RFC 6750 section 5.3, OWASP ASVS 12.2.1)."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage

from .deployment import Advice, given, has_middleware, ours

SECURITY = "django.middleware.security.SecurityMiddleware"
A_YEAR = 31_536_000


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Checks of Django's own transport settings."""
    return given(ADVICE)


def _plain_http(found: Any) -> bool:
    config = ours()
    return config is not None and bool(config.http_allowed_from) and not found.DEBUG


ADVICE = (
    Advice(
        "bearer.W101",
        "Nothing redirects plain HTTP to HTTPS, so passwords and cookies may travel over plain HTTP.",
        "SECURE_SSL_REDIRECT = True, and SecurityMiddleware in MIDDLEWARE. Where your proxy redirects, silence this.",
        lambda found: not (found.SECURE_SSL_REDIRECT and has_middleware(found, SECURITY)),
    ),
    Advice(
        "bearer.W102",
        "Browsers are not told to use HTTPS only for a year, so the first request of a visit can be intercepted.",
        f"SECURE_HSTS_SECONDS = {A_YEAR} (begin with 3600, and raise it once all is well).",
        lambda found: found.SECURE_HSTS_SECONDS < A_YEAR or not has_middleware(found, SECURITY),
    ),
    Advice(
        "bearer.W103",
        "Django's session cookie is sent over plain HTTP too.",
        "SESSION_COOKIE_SECURE = True",
        lambda found: not found.SESSION_COOKIE_SECURE,
    ),
    Advice(
        "bearer.W104",
        "The CSRF cookie is sent over plain HTTP too.",
        "CSRF_COOKIE_SECURE = True",
        lambda found: not (found.CSRF_COOKIE_SECURE or found.CSRF_USE_SESSIONS),
    ),
    Advice(
        "bearer.W105",
        "Script in a page can read Django's session cookie.",
        "SESSION_COOKIE_HTTPONLY = True",
        lambda found: not found.SESSION_COOKIE_HTTPONLY,
    ),
    Advice(
        "bearer.W106",
        "Other sites' pages can have Django's session cookie sent along.",
        'SESSION_COOKIE_SAMESITE = "Lax"',
        lambda found: found.SESSION_COOKIE_SAMESITE not in ("Lax", "Strict"),
    ),
    Advice(
        "bearer.W107",
        "Tokens are accepted over plain HTTP from the networks in DANGEROUSLY_ALLOW_HTTP_FROM.",
        "Take DANGEROUSLY_ALLOW_HTTP_FROM out of BEARER, and let these clients use HTTPS.",
        _plain_http,
    ),
    Advice(
        "bearer.W108",
        "Browsers may guess the type of an answer, and run as script what is none.",
        "SECURE_CONTENT_TYPE_NOSNIFF = True",
        lambda found: not found.SECURE_CONTENT_TYPE_NOSNIFF,
    ),
)
