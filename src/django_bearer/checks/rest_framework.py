"""Advice about REST framework's defaults: who a view lets in that says nothing (row 8), and by what (row 6)."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage

from .advice import Advice, given

OPEN = frozenset({"AllowAny", "IsAuthenticatedOrReadOnly"})


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What REST framework's settings let in by default."""
    return given(ADVICE)


def named(found: Any, setting: str, otherwise: tuple[str, ...]) -> list[str]:
    """The last names of the classes that a setting of REST framework lists; nothing where it is not installed."""
    if "rest_framework" not in found.INSTALLED_APPS:
        return []
    listed = getattr(found, "REST_FRAMEWORK", {}).get(setting, otherwise)
    return [one.rpartition(".")[2] if isinstance(one, str) else one.__name__ for one in listed]


def _authentication(found: Any) -> list[str]:
    return named(found, "DEFAULT_AUTHENTICATION_CLASSES", ("SessionAuthentication", "BasicAuthentication"))


def _permissions(found: Any) -> list[str]:
    return named(found, "DEFAULT_PERMISSION_CLASSES", ("AllowAny",))


def _installed(found: Any) -> bool:
    return "rest_framework" in found.INSTALLED_APPS


ADVICE = (
    Advice(
        "bearer.W141",
        "A REST framework view that names no permission lets in every token, and with an open route everybody.",
        '"DEFAULT_PERMISSION_CLASSES": ["django_bearer.adapters.drf.ClosedUnlessPublic"] in REST_FRAMEWORK.',
        lambda found: _installed(found) and (not _permissions(found) or bool(OPEN & set(_permissions(found)))),
    ),
    Advice(
        "bearer.W142",
        "REST framework takes a name and a password with every request, past every login throttle.",
        'Take BasicAuthentication out of "DEFAULT_AUTHENTICATION_CLASSES" in REST_FRAMEWORK.',
        lambda found: "BasicAuthentication" in _authentication(found),
    ),
    Advice(
        "bearer.W143",
        "REST framework does not ask for our tokens, so request.auth is empty in its views.",
        'Put "django_bearer.adapters.drf.BearerAuthentication" first in "DEFAULT_AUTHENTICATION_CLASSES".',
        lambda found: _installed(found) and "BearerAuthentication" not in _authentication(found),
    ),
    Advice(
        "bearer.W144",
        "REST framework's own tokens are accepted too: they never expire and lie in the table in clear.",
        'Take TokenAuthentication out of "DEFAULT_AUTHENTICATION_CLASSES" once their holders have moved.',
        lambda found: "TokenAuthentication" in _authentication(found),
    ),
)
