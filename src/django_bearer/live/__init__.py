"""The settings and routes of a running project as audit facts."""

from __future__ import annotations

import sys
from functools import partial

from django import conf

from ..audit.project.loaded import Loaded
from .routes import routes
from .settings import explicit, over

__all__ = ["loaded"]


def loaded() -> Loaded:
    """What this process has loaded and resolved, for `django_bearer.audit`."""
    name = conf.settings.SETTINGS_MODULE or ""
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return Loaded(name, file, partial(over, explicit()), tuple(routes()))
