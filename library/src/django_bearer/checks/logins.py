"""Ways round a project's own login: `login/` beside a second factor, and passwords that nobody counts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import get_resolver

from ..accounts import login_packages, login_policy
from ..endpoints.login import login
from ..errors import ConfigurationError
from ..http import admin_views, handlers, limited_authenticate
from ..http.view_parts import TooManyParts, parts


def check_login(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """`login/` is not mounted where a login has to show more than a password and no policy says who need not."""
    try:
        asks = login_policy.unmet_requirements()
    except ConfigurationError:
        return []  # said elsewhere
    if not asks or not _is_mounted():
        return []
    return [Error("login/ answers 503.", hint=login_packages.hint(asks), id="bearer.E011")]


def check_authenticate(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Django's `authenticate()` is limited, and nobody has put something else in the place of the limit."""
    if limited_authenticate.in_place():
        return []
    hint = "Find what replaces django.contrib.auth._get_compatible_backends, and call what stood there from it."
    return [Error("Passwords tried through Django's authenticate() are not counted.", hint=hint, id="bearer.E012")]


def _is_mounted() -> bool:
    if not getattr(settings, "ROOT_URLCONF", ""):
        return False
    try:
        return any(_is_login(way[-1].callback) for way, _ in admin_views.routes(get_resolver()))
    except (ImproperlyConfigured, ImportError):
        return False  # Django's own check says what is wrong with the URLconf


def _is_login(view: Any) -> bool:
    """Whether a view is our login, plain, of REST framework, derived from it, or decorated."""
    if getattr(handlers.view_class(view), "handle", None) is login:
        return True
    try:
        return any(part is login for part in parts(view))
    except TooManyParts:
        return False
