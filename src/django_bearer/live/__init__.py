"""The settings and routes of a running project as audit facts."""

from __future__ import annotations

from functools import partial

from django import conf

from ..audit.project.loaded import Loaded
from .routes import routes
from .settings import explicit, over

__all__ = ["loaded"]


def loaded() -> Loaded:
    """What this process has loaded and resolved, for `django_bearer.audit`."""
    return Loaded(conf.settings.SETTINGS_MODULE or "", partial(over, explicit()), tuple(routes()))
