"""An access token lives much longer than a request needs.

Most JWT packages ask no server whether a token still holds: until it expires, a stolen one works, after
logout, after a password change, after the account is closed. Minutes are enough when a refresh token renews
them. Opaque tokens that the server looks up can be revoked, so for those only tokens without an end count.

Low above one hour, medium above a day, high from a week on.

Fix: five to fifteen minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Known, Value, leaves, span

ID = "BT601"
TITLE = "Access token lives long"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_JWT = (
    ("SIMPLE_JWT", "ACCESS_TOKEN_LIFETIME"),
    ("NINJA_JWT", "ACCESS_TOKEN_LIFETIME"),
    ("JWT_AUTH", "JWT_EXPIRATION_DELTA"),
    ("OAUTH2_PROVIDER", "ACCESS_TOKEN_EXPIRE_SECONDS"),
)
_ENDLESS = (("REST_KNOX", "TOKEN_TTL"),)


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        for name, entry in _JWT:
            value = settings.get(name, entry)
            lifetimes = [duration(option) for option in leaves(value)]
            known = [lifetime for lifetime in lifetimes if lifetime is not None]
            severity = _severity(min(known)) if known and len(known) == len(lifetimes) else None
            if severity is not None:
                yield _hit(name, entry, value, span(min(known)), severity)
        for name, entry in _ENDLESS:
            value = settings.get(name, entry)
            if isinstance(value, Known) and value.value is None:
                yield _hit(name, entry, value, "without an end", Severity.MEDIUM)


def duration(value: Value) -> timedelta | None:
    """A lifetime as packages accept it: a timedelta, or seconds."""
    if not isinstance(value, Known) or isinstance(value.value, bool):
        return None
    if isinstance(value.value, timedelta):
        return value.value
    return timedelta(seconds=min(value.value, 10**10)) if isinstance(value.value, int) else None


def _severity(lifetime: timedelta) -> Severity | None:
    if lifetime <= timedelta(hours=1):
        return None
    if lifetime <= timedelta(days=1):
        return Severity.LOW
    return Severity.HIGH if lifetime >= timedelta(days=7) else Severity.MEDIUM


def _hit(name: str, entry: str, value: Value, told: str, severity: Severity) -> Hit:
    return Hit(
        where=value.where,
        message=f'{name}["{entry}"] is {told}.',
        attack="A token stolen once works until then; logout and password change do not end it.",
        fix=f'{name} = {{"{entry}": timedelta(minutes=5)}}',
        severity=severity,
    )
