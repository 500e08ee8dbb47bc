"""django-allauth beside us: every login of it ends in a session of ours, or `check` stops with what to set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import get_resolver
from django.utils.module_loading import import_string
from django.views.generic import View

from ..http import admin_views
from ..http.view_parts import TooManyParts, parts

PLACE = "django_bearer.integrations.allauth"
STRATEGY = f"{PLACE}.strategy.BearerTokenStrategy"
HOOKS = {
    "ACCOUNT_ADAPTER": f"{PLACE}.account_hooks.BearerAccounts",
    "MFA_ADAPTER": f"{PLACE}.mfa_hooks.BearerFactors",
}
SOCIAL, SOCIAL_HOOKS = "allauth.socialaccount", f"{PLACE}.social_hooks.BearerSocialAccounts"
DUMMY = f"{SOCIAL}.providers.dummy"
STORED = ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db")
DANGEROUS = (
    "MFA_TOTP_INSECURE_BYPASS_CODE",
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN",
    "MFA_TRUST_ENABLED",
    "ACCOUNT_LOGIN_ON_PASSWORD_RESET",
    "ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION",
    "ACCOUNT_LOGIN_BY_CODE_TRUST_ENABLED",
    "ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE",
    "ACCOUNT_PHONE_VERIFICATION_SUPPORTS_CHANGE",
)
"""Settings that let somebody in with less than a login shows."""


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each setting that would leave a login of allauth outside our rules, once its strategy is ours."""
    if not apps.is_installed("allauth.headless") or getattr(settings, "HEADLESS_TOKEN_STRATEGY", "") != STRATEGY:
        return []
    return [
        Error("A login through allauth would pass by our rules.", hint=hint, id="bearer.E013") for hint in wrong()
    ]


def wrong() -> Iterator[str]:
    """What to set, for each setting that is not safe."""
    if tuple(getattr(settings, "HEADLESS_CLIENTS", ())) != ("app",):
        yield 'Set HEADLESS_CLIENTS = ("app",). Pages use it, too: allauth\'s own for pages log in to Django.'
    if getattr(settings, "HEADLESS_ONLY", False) is not True:
        yield "Set HEADLESS_ONLY = True: allauth's HTML pages log in to Django's session."
    if settings.SESSION_ENGINE not in STORED:
        yield f"Set SESSION_ENGINE = {STORED[0]!r}: challenges of a login are kept in the database."
    for name, wanted in HOOKS.items():
        if not _derives(getattr(settings, name, ""), wanted):
            yield f"Set {name} = {wanted!r}, or derive yours from it."
    if apps.is_installed(SOCIAL) and not _derives(getattr(settings, "SOCIALACCOUNT_ADAPTER", ""), SOCIAL_HOOKS):
        yield f"Set SOCIALACCOUNT_ADAPTER = {SOCIAL_HOOKS!r}, or derive yours from it: nobody logs in elsewhere else."
    if apps.is_installed(DUMMY):
        yield f"Take {DUMMY} out of INSTALLED_APPS: it logs in anybody as anybody."
    for name in DANGEROUS:
        if getattr(settings, name, None):
            yield f"Remove {name}."
    for name in ("ACCOUNT_RATE_LIMITS", "MFA_RATE_LIMITS"):
        if getattr(settings, name, False) is not False:
            yield f"Remove {name}, or set it to False: its limits let anybody keep an owner out. Ours count instead."
    if mounted := sorted(set(_mounted_beside())):
        yield f"Take allauth's own views out of the URLconf ({', '.join(mounted)}): include {PLACE}.urls alone."
    if (getattr(settings, "BEARER", None) or {}).get("SECOND_FACTOR") is None:
        yield f'Set BEARER["SECOND_FACTOR"] = "{PLACE}.mfa_hooks.AllauthFactor".'


def _mounted_beside() -> Iterator[str]:
    """The modules of allauth's views that are mounted and not behind our rules."""
    if not getattr(settings, "ROOT_URLCONF", ""):
        return
    try:
        views = [way[-1].callback for way, _ in admin_views.routes(get_resolver())]
    except (ImproperlyConfigured, ImportError):
        return  # Django's own check says what is wrong with the URLconf
    ours = {id(view) for view in import_string(f"{PLACE}.views.OURS")}  # of the URLconf, which is loaded by now
    for view in views:
        try:
            made_of = list(parts(view))
        except TooManyParts:
            made_of = [view]
        if not any(id(part) in ours for part in made_of):
            yield from (part.__module__ for part in made_of if _is_view_of_allauth(part))


def _is_view_of_allauth(part: Any) -> bool:
    """Whether it is a class of views of allauth's, or a view that it wrote as a function."""
    named = getattr(part, "__module__", None)
    views = isinstance(part, type) and issubclass(part, View)
    return isinstance(named, str) and named.startswith("allauth.") and (views or ".views" in named)


def _derives(path: Any, wanted: str) -> bool:
    """Whether the class at this path is the wanted one or derived from it."""
    try:
        return issubclass(import_string(path), import_string(wanted))
    except (ImportError, TypeError, AttributeError):
        return False
