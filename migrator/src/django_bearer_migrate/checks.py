"""System checks: settings with which nothing is accepted, and an end date that is near or past."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from . import clock, settings

UNREAD = "{} holds an encrypted private key: it cannot be compared with the one that signs old tokens."
UNREAD_HINT = (
    "Where it is that one, choose a new key and let users log in again, or keep the file out of the repository."
)
SOON = 30 * 86_400
"""Seconds before the end date from which a project is warned."""


def connect() -> None:
    """Hand the checks to Django."""
    register(check, Tags.security)


def check(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """What is wrong with `BEARER_MIGRATE`, and when it ends."""
    bridge = settings.current()
    # While DEBUG is on, a key of `startproject` is usual; old tokens stay refused all the same.
    made = Warning if django_settings.DEBUG else Error
    found: list[CheckMessage] = [made(fault, id="bearer_migrate.E001") for fault in bridge.faults]
    if not apps.is_installed("django_bearer"):
        found.append(Error("django_bearer_migrate needs django_bearer in INSTALLED_APPS", id="bearer_migrate.E002"))
    found += [Warning(UNREAD.format(file), hint=UNREAD_HINT, id="bearer_migrate.W003") for file in bridge.unread]
    for entry in bridge.entries():
        found += _end(entry)
    return found


def _end(entry: settings.Entry) -> list[CheckMessage]:
    left = entry.ends_at - clock.seconds()
    day = datetime.fromtimestamp(entry.ends_at, UTC).date()
    hint = "manage.py bearer_migrate status shows how many still come."
    if left <= 0:
        message = f"Tokens of {entry.name} are refused since {day}: take the entry out of {settings.NAME}."
        return [Warning(message, hint=hint, id="bearer_migrate.W002")]
    if left > SOON:
        return []
    return [Warning(f"Tokens of {entry.name} are refused from {day} on.", hint=hint, id="bearer_migrate.W001")]
