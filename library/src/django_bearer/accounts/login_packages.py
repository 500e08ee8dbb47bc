"""What a project asks of a login beside a password, told by the packages it has installed.

A login by password alone beside them would be a way round what they ask for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.conf import settings

from ..primitives import clock

logger = logging.getLogger("django_bearer.debug")


class PackageRequirement(StrEnum):
    """What a login has to show beside a password."""

    SECOND_FACTOR = "a second factor"
    VERIFIED_EMAIL = "a verified e-mail address"
    NO_PASSWORD = "a login by other means than a password"


SECOND_FACTORS = (
    "django_otp",
    "two_factor",
    "allauth.mfa",
    "mfa",
    "multifactor",
    "django_mfa",
    "trench",
    "deux",
    "kagi",
    "passkeys",
)
"""Apps of django-otp, django-two-factor-auth, django-allauth, django-mfa2 and -mfa3, django-multifactor, django-mfa,
django-trench, deux, kagi and django-passkeys."""


def required() -> frozenset[PackageRequirement]:
    """What the installed packages ask of a login."""
    installed = {config.name for config in apps.get_app_configs()}  # each `is_installed` goes through all of them
    return found(installed.__contains__, settings)


def found(is_installed: Callable[[str], bool], given: Any) -> frozenset[PackageRequirement]:
    """The same, of a project with these apps and settings. Pure."""
    asks = set()
    if any(map(is_installed, SECOND_FACTORS)):
        asks.add(PackageRequirement.SECOND_FACTOR)
    if is_installed("allauth.account"):
        verification = getattr(given, "ACCOUNT_EMAIL_VERIFICATION", None)
        if str(getattr(verification, "value", verification)).lower() == "mandatory":
            asks.add(PackageRequirement.VERIFIED_EMAIL)
        if getattr(given, "ACCOUNT_LOGIN_BY_CODE_REQUIRED", False):
            asks.add(PackageRequirement.SECOND_FACTOR)
    if is_installed("allauth.socialaccount") and getattr(given, "SOCIALACCOUNT_ONLY", False):
        asks.add(PackageRequirement.NO_PASSWORD)
    return frozenset(asks)


def hint(asks: Iterable[PackageRequirement]) -> str:
    """What to do where a login by password alone would be a way round."""
    named = " and ".join(sorted(asks))
    return (
        f"this project asks a login for {named}, and login/ asks for a password only. Set BEARER['LOGIN_POLICY'],"
        " which says who may log in, or include django_bearer.urls.without_login and log in with a view of your own"
        " (docs/guide/own-login.md)."
    )


def log_unavailable(asks: Iterable[PackageRequirement]) -> None:
    """Log the refusal, at most once a minute, since anybody can cause it."""
    global _said
    now = clock.monotonic()
    if _said is None or now - _said >= ONCE_IN:
        _said = now
        logger.error("login/ answers 503: %s", hint(asks))


ONCE_IN = 60.0
"""Seconds within which the log is told once by each process."""
_said: float | None = None


def reset() -> None:
    """Forget that the log was told. For tests."""
    global _said
    _said = None
