"""Closing every route unless it is public is switched off.

`DANGEROUSLY_ALLOW_ANONYMOUS` leaves each route to its own view, as without the package: a view that forgets to
ask who is calling is open, and nothing tells it from one that is meant to be.

Not reported where another middleware or REST framework's default permission asks every caller.

Fix: take it out, and decorate what is meant to be public; `manage.py bearer_routes --closed` shows what to decorate.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import always

ID = "BT810"
TITLE = "Every route left to itself"
CWE = "CWE-306"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_OPEN = frozenset({(), ("rest_framework.permissions.AllowAny",)})


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        value = settings.get("BEARER", "DANGEROUSLY_ALLOW_ANONYMOUS")
        middleware = " ".join(settings.names("MIDDLEWARE") or ())
        default = settings.names("REST_FRAMEWORK", "DEFAULT_PERMISSION_CLASSES")
        asked = "LoginRequired" in middleware or (default is not None and default not in _OPEN)
        if always(value, True) and not asked:
            yield Hit(
                where=value.where,
                message="DANGEROUSLY_ALLOW_ANONYMOUS is True: no route is closed by the middleware.",
                attack="A view that forgot to ask who is calling is found by trying addresses.",
                fix='BEARER = {...}  # without it; then @public, or "PUBLIC_PATHS": ["/health/"]',
            )
