"""A package is told to put the JWT into a cookie, and not to mark that cookie Secure.

dj-rest-auth and graphene's JWT support set their cookies without the Secure flag unless a setting of their
own says so; `SESSION_COOKIE_SECURE` does not reach them.

Fix: `JWT_AUTH_SECURE = True` (dj-rest-auth), `JWT_COOKIE_SECURE = True` (graphql_jwt).
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Known, Value, leaves, never_set, text

ID = "BT210"
TITLE = "JWT cookie of a package is not Secure"
CWE = "CWE-614"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

# (the setting that switches the cookie on, the one that marks it Secure)
_PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("REST_AUTH", "JWT_AUTH_COOKIE"), ("REST_AUTH", "JWT_AUTH_SECURE")),
    (("REST_AUTH", "JWT_AUTH_REFRESH_COOKIE"), ("REST_AUTH", "JWT_AUTH_SECURE")),
    (("JWT_AUTH_COOKIE",), ("JWT_AUTH_SECURE",)),
    (("JWT_AUTH", "JWT_AUTH_COOKIE"), ("JWT_AUTH", "JWT_AUTH_COOKIE_SECURE")),
)


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        seen: set[tuple[str, ...]] = set()
        for cookie, secure in _PAIRS:
            name = settings.get(*cookie)
            if secure in seen or not _is_on(name) or not never_set(settings.get(*secure)):
                continue
            seen.add(secure)
            yield Hit(
                where=name.where,
                message=f"{cookie[-1]} puts the JWT into a cookie and {secure[-1]} is not set.",
                attack="One plain-HTTP request to the host carries the token in clear.",
                fix=f"{secure[-1]} = True" if len(secure) == 1 else f'{secure[0]}["{secure[1]}"] = True',
            )


def _is_on(value: Value) -> bool:
    return all(bool(text(option)) for option in leaves(value)) and any(isinstance(o, Known) for o in leaves(value))
