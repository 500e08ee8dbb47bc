"""A middleware that chooses the tenant stands above ours: what is done before it belongs to no tenant yet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.utils.module_loading import import_string

from ..http.middleware import BearerMiddleware

KNOWN = ("django_tenants.middleware.", "tenant_schemas.middleware.", "django_pgschemas.routing.middleware.")
"""Packages whose middleware switches the schema. django-multitenant's asks for the user first, so it stands below."""
HINT = 'Move {} above "django_bearer.BearerMiddleware" in MIDDLEWARE (docs/guide/tenants.md).'


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A warning for each that stands below: a token sent over plain HTTP is refused before it, and not revoked."""
    below: list[CheckMessage] = []
    ours = False
    for path in settings.MIDDLEWARE:
        names = _names(path)
        if ours and any(name.startswith(KNOWN) for name in names):
            below.append(Warning("The tenant is chosen below us.", hint=HINT.format(path), id="bearer.W003"))
        ours = ours or f"{BearerMiddleware.__module__}.{BearerMiddleware.__qualname__}" in names
    return below


def _names(path: str) -> list[str]:
    """A middleware by its path, and by the classes it derives from."""
    try:
        found = import_string(path)
    except ImportError:
        return [path]
    kinds = found.__mro__ if isinstance(found, type) else ()
    return [path, *(f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)]
