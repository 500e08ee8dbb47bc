"""Advice about REST framework's defaults: who a view lets in that says nothing (row 8), and by what (row 6)."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage
from django.utils.module_loading import import_string

from .deployment import Advice, given

OPEN = ("rest_framework.permissions.AllowAny", "rest_framework.permissions.IsAuthenticatedOrReadOnly")
SESSION = "rest_framework.authentication.SessionAuthentication"
BASIC = "rest_framework.authentication.BasicAuthentication"
TOKEN = "rest_framework.authentication.TokenAuthentication"
OURS = "django_bearer.integrations.drf.BearerAuthentication"
_THEIRS = (SESSION, BASIC)
"""What REST framework asks where nothing is set."""


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What REST framework's settings let in by default."""
    return given(ADVICE)


def listed(found: Any, setting: str, otherwise: tuple[str, ...]) -> list[type]:
    """The classes that a setting of REST framework lists; nothing where it is not installed.

    Django's own checks, and REST framework, tell of one that cannot be imported.
    """
    if "rest_framework" not in found.INSTALLED_APPS:
        return []
    named = getattr(found, "REST_FRAMEWORK", {}).get(setting, otherwise)
    classes = [_imported(one) if isinstance(one, str) else one for one in named or ()]
    return [one for one in classes if isinstance(one, type)]


def _imported(path: str) -> Any:
    try:
        return import_string(path)
    except ImportError:
        return None


def authentication(found: Any) -> list[type]:
    """The authentication classes of views that name none, in the order in which they are asked."""
    return listed(found, "DEFAULT_AUTHENTICATION_CLASSES", _THEIRS)


def first_of(classes: list[type], path: str) -> int:
    """The place of the first class that is, or derives from, the one named; behind all where there is none.

    By the class and not by its name: a project's subclass has another one, and another package's class the same.
    """
    wanted = _imported(path)
    places = [place for place, one in enumerate(classes) if wanted is not None and issubclass(one, wanted)]
    return places[0] if places else len(classes)


def has(found: Any, path: str) -> bool:
    """Whether views that name no authentication class ask this one, or one derived from it."""
    classes = authentication(found)
    return first_of(classes, path) < len(classes)


def _opens(found: Any) -> bool:
    """Whether a view that names no permission lets everybody in: by classes that say so, and by none at all."""
    permissions = listed(found, "DEFAULT_PERMISSION_CLASSES", ("rest_framework.permissions.AllowAny",))
    return not permissions or any(first_of(permissions, path) < len(permissions) for path in OPEN)


def _installed(found: Any) -> bool:
    return "rest_framework" in found.INSTALLED_APPS


ADVICE = (
    Advice(
        "bearer.W141",
        "A REST framework view that names no permission lets in every token, and with an open route everybody.",
        'In REST_FRAMEWORK: "DEFAULT_PERMISSION_CLASSES":'
        ' ["django_bearer.integrations.drf.IsAuthenticatedUnlessPublic"].',
        lambda found: _installed(found) and _opens(found),
    ),
    Advice(
        "bearer.W142",
        "REST framework takes a name and a password with every request: no second factor, and no session to revoke.",
        'Take BasicAuthentication out of "DEFAULT_AUTHENTICATION_CLASSES" in REST_FRAMEWORK.',
        lambda found: has(found, BASIC),
    ),
    Advice(
        "bearer.W143",
        "REST framework does not ask for our tokens, so request.auth is empty in its views.",
        'Put "django_bearer.integrations.drf.BearerAuthentication" first in "DEFAULT_AUTHENTICATION_CLASSES".',
        lambda found: _installed(found) and not has(found, OURS),
    ),
    Advice(
        "bearer.W144",
        "REST framework's own tokens are accepted too: they never expire and are stored as they are.",
        'Take TokenAuthentication out of "DEFAULT_AUTHENTICATION_CLASSES" once their holders have moved.',
        lambda found: has(found, TOKEN),
    ),
)
