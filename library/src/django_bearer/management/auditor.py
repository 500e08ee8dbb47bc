"""The way to the auditor, which is a distribution of its own: imported when a command asks for it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from .loaded_routes import routes
from .loaded_settings import explicit_settings

MISSING = 'This needs the auditor. Install it: pip install "django-bearer[audit]"'


def auditor() -> Any:
    """The module `django_bearer_audit.running`. Raises `CommandError` with what to install where it is missing."""
    try:
        return import_module("django_bearer_audit.running")
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "django_bearer_audit":
            raise
        raise CommandError(MISSING) from None


def loaded_project() -> Any:
    """What this process has loaded and resolved, for the auditor."""
    name = settings.SETTINGS_MODULE or ""
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return auditor().loaded_project(name, file, explicit_settings(), routes())
