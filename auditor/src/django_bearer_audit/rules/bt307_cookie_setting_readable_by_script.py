"""A setting lets scripts read the session or token cookie.

`SESSION_COOKIE_HTTPONLY`, dj-rest-auth's `JWT_AUTH_HTTPONLY` and the like are true by default or by
custom; set to False they hand the credential to every script of the page.

Fix: True. A front end that reads the cookie should send it along (`credentials: "include"`) instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Change, Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import always, never_set, show

ID = "BT307"
TITLE = "A setting lets scripts read the token cookie"
CWE = "CWE-1004"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FLAGS: tuple[tuple[str, ...], ...] = (
    ("SESSION_COOKIE_HTTPONLY",),
    ("JWT_AUTH_HTTPONLY",),
    ("REST_AUTH", "JWT_AUTH_HTTPONLY"),
    ("SIMPLE_JWT", "AUTH_COOKIE_HTTP_ONLY"),
    ("SIMPLE_JWT", "AUTH_COOKIE_HTTPONLY"),
    ("JWT_AUTH", "JWT_COOKIE_HTTP_ONLY"),
    ("GRAPHQL_JWT", "JWT_COOKIE_HTTP_ONLY"),
)


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        for path in _FLAGS:
            value = settings.get(*path)
            if never_set(value) or not always(value, False):
                continue
            yield Hit(
                where=value.where,
                message=f"{path[-1]} is {show(value)} in the effective production settings ({value.where}).",
                attack="One injected script reads the cookie and uses it from elsewhere.",
                fix=f"{path[-1]} = True" if len(path) == 1 else f'{path[0]}["{path[1]}"] = True',
                # No honest script reads Django's session cookie; a front end may well read a token cookie.
                changes=(Change("value", value.where, path[-1], "True", path[-1].startswith("SESSION")),),
            )
