"""Sessions lie in a signed cookie, so that logout cannot end them.

With `django.contrib.sessions.backends.signed_cookies` the cookie is the session. Logout deletes it in one browser; a
copy of it opens the account until it is too old, and neither a new password nor an operator ends it.

Silent when SESSION_COOKIE_AGE is an hour or less.

Fix: `SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Known, text

ID = "BT611"
TITLE = "Session lies in a signed cookie"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_ENGINE = "django.contrib.sessions.backends.signed_cookies"
_SHORT = 3600


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        engine, age = settings.get("SESSION_ENGINE"), settings.get("SESSION_COOKIE_AGE")
        short = isinstance(age, Known) and isinstance(age.value, int) and age.value <= _SHORT
        if text(engine) == _ENGINE and not short:
            yield Hit(
                where=engine.where,
                message="SESSION_ENGINE keeps the session in the cookie itself.",
                attack="A cookie copied once opens the account after its owner has logged out.",
                fix='SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"',
            )
