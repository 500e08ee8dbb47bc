"""Advice about CORS: which other sites' script may read the answers (row 3). Reads django-cors-headers' settings."""

from __future__ import annotations

import re
from typing import Any

from django.core.checks import CheckMessage

from .deployment import Advice, given

MIDDLEWARE = "corsheaders.middleware.CorsMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What the settings of django-cors-headers let other sites do."""
    return given(ADVICE)


def all_allowed(found: Any) -> bool:
    """Whether every origin is let in."""
    return bool(getattr(found, "CORS_ALLOW_ALL_ORIGINS", getattr(found, "CORS_ORIGIN_ALLOW_ALL", False)))


def _patterns(found: Any) -> list[str]:
    given_ = getattr(found, "CORS_ALLOWED_ORIGIN_REGEXES", getattr(found, "CORS_ORIGIN_REGEX_WHITELIST", ()))
    return [one.pattern if isinstance(one, re.Pattern) else str(one) for one in given_]


def _loose(pattern: str) -> bool:
    """Whether a pattern has no end, or dots that stand for any character."""
    ends = pattern.endswith(("$", r"\Z"))
    return not ends or re.search(r"(?<!\\)\.(?![*+?{])", pattern) is not None


def _origins(found: Any) -> list[str]:
    return list(getattr(found, "CORS_ALLOWED_ORIGINS", getattr(found, "CORS_ORIGIN_WHITELIST", ())))


def _late(found: Any) -> bool:
    names = list(found.MIDDLEWARE)
    return MIDDLEWARE in names and COMMON in names and names.index(MIDDLEWARE) > names.index(COMMON)


ADVICE = (
    Advice(
        "bearer.W131",
        "Script of every site may read the answers.",
        'CORS_ALLOWED_ORIGINS = ["https://app.example.com"] in place of CORS_ALLOW_ALL_ORIGINS.',
        all_allowed,
    ),
    Advice(
        "bearer.W132",
        "Script of every site may read the answers that a visitor's cookies get.",
        "Take CORS_ALLOW_ALL_ORIGINS out; credentials go with named origins only.",
        lambda found: all_allowed(found) and bool(getattr(found, "CORS_ALLOW_CREDENTIALS", False)),
    ),
    Advice(
        "bearer.W133",
        "A pattern of allowed origins has no end, or dots that match anything: app.example.com.evil.com may fit.",
        r'CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://\w+\.example\.com$"]',
        lambda found: any(map(_loose, _patterns(found))),
    ),
    Advice(
        "bearer.W134",
        'The origin "null" is allowed, which any sandboxed frame can take on.',
        'Take "null" out of CORS_ALLOWED_ORIGINS.',
        lambda found: "null" in _origins(found),
    ),
    Advice(
        "bearer.W135",
        "An origin over plain HTTP is allowed: anybody on its network can act as that origin.",
        "Name it with https:// in CORS_ALLOWED_ORIGINS.",
        lambda found: any(one.startswith("http://") and "//localhost" not in one for one in _origins(found)),
    ),
    Advice(
        "bearer.W136",
        "CorsMiddleware stands below CommonMiddleware, whose redirects then lack the headers.",
        "Move it up, right below django_bearer.BearerMiddleware.",
        _late,
    ),
)
