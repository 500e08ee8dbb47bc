"""What this package cannot work with: faults of `BEARER`, the middleware, the database, and who asks first."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import connections
from django.utils.module_loading import import_string

from .. import conf
from ..database import aliases
from ..database.issuer_limit import MOST
from ..errors import ConfigurationError
from ..http.middleware import BearerMiddleware
from . import rest_framework

VENDORS = ("postgresql", "sqlite", "mysql")
BELOW_US = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every fault of `BEARER`, each with its hint."""
    return [Error(fault, id="bearer.E001") for fault in conf.faults()]


def check_middleware(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The middleware is there, once, and above what must not see a token first."""
    ours = [number for number, path in enumerate(settings.MIDDLEWARE) if _is_ours(path)]
    if len(ours) != 1:
        hint = 'Put "django_bearer.BearerMiddleware" first in MIDDLEWARE, once.'
        return [Error("The bearer middleware is missing or doubled.", hint=hint, id="bearer.E002")]
    above = [path for path in settings.MIDDLEWARE[: ours[0]] if _derives(path, BELOW_US)]
    if above:
        hint = f'Move "django_bearer.BearerMiddleware" above {above[0]}, best to the very top.'
        return [
            Error("The bearer middleware stands below one that must not run before it.", hint=hint, id="bearer.E003")
        ]
    return []


def check_database(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Sessions live in a database whose races have been tested."""
    vendor = connections[aliases.sessions_alias()].vendor
    if vendor in VENDORS:
        return []
    hint = f"Route django_bearer to one of {', '.join(VENDORS)}."
    return [Error(f"The database vendor {vendor} is not supported.", hint=hint, id="bearer.E004")]


def check_rest_framework(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """REST framework's session authentication, asked first, would claim a bearer request and drop its scopes."""
    asked = rest_framework.authentication(settings)
    ours = rest_framework.first_of(asked, rest_framework.OURS)
    if ours == len(asked) or ours <= rest_framework.first_of(asked, rest_framework.SESSION):
        return []
    hint = "List BearerAuthentication before SessionAuthentication in DEFAULT_AUTHENTICATION_CLASSES."
    return [Warning("SessionAuthentication takes bearer requests without their scopes.", hint=hint, id="bearer.W001")]


def check_issuers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Where the issuer depends on the request, somebody says which there are."""
    try:
        config = conf.current()
    except ConfigurationError:
        return []  # `check_settings` tells
    if isinstance(config.issuer, str) or config.issuers is not None:
        return []
    text = f"ISSUER is a callable, and nothing says which issuers there are: at most {MOST} begin by themselves."
    return [Warning(text, hint=conf.NAME_ISSUERS, id="bearer.W002")]


def _is_ours(path: str) -> bool:
    return _derives(path, (f"{BearerMiddleware.__module__}.{BearerMiddleware.__qualname__}",))


def _derives(path: str, bases: tuple[str, ...]) -> bool:
    """Whether a middleware is one of these classes, or of a class of the project's own that derives from one."""
    try:
        found = import_string(path)
    except ImportError:
        return path in bases
    kinds = found.__mro__ if isinstance(found, type) else ()
    return any(f"{kind.__module__}.{kind.__qualname__}" in bases for kind in kinds)
