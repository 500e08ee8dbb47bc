"""A refresh token lives for months.

A refresh token renews access without a password. The longer it lives, the longer a copy from an old backup,
a log or a lost device lets somebody in. Rotation alone does not help when the owner has stopped using the
app: nobody notices.

Fix: two weeks or less, with rotation and an absolute end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Known, leaves, span

ID = "BT602"
TITLE = "Refresh token lives for months"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_LIMIT = timedelta(days=30)
_ENTRIES = (
    ("SIMPLE_JWT", "REFRESH_TOKEN_LIFETIME"),
    ("SIMPLE_JWT", "SLIDING_TOKEN_REFRESH_LIFETIME"),
    ("NINJA_JWT", "REFRESH_TOKEN_LIFETIME"),
    ("JWT_AUTH", "JWT_REFRESH_EXPIRATION_DELTA"),
)


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        for name, entry in _ENTRIES:
            value = settings.get(name, entry)
            lifetimes = [o.value if isinstance(o, Known) else None for o in leaves(value)]
            known = [lifetime for lifetime in lifetimes if isinstance(lifetime, timedelta)]
            if known and len(known) == len(lifetimes) and min(known) > _LIMIT:
                yield Hit(
                    where=value.where,
                    message=f'{name}["{entry}"] is {span(min(known))}.',
                    attack="A refresh token from a lost device or an old log still lets its holder in.",
                    fix=f'{name} = {{"{entry}": timedelta(days=14)}}',
                )
