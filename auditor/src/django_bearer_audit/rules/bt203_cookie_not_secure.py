"""A cookie that carries a session or a token is told to travel over plain HTTP.

Setting the Secure flag to False sends the cookie on every plain request to the host: one image over http is
enough to read it. Only a False that is written down counts here; that nothing is set is reported as BT202.

Fix: True, or leave development to its own settings module.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Change, Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import always

ID = "BT203"
TITLE = "Cookie is sent over plain HTTP"
CWE = "CWE-614"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FLAGS: tuple[tuple[str, ...], ...] = (
    ("SESSION_COOKIE_SECURE",),
    ("CSRF_COOKIE_SECURE",),
    ("JWT_AUTH_SECURE",),
    ("REST_AUTH", "JWT_AUTH_SECURE"),
    ("SIMPLE_JWT", "AUTH_COOKIE_SECURE"),
    ("JWT_AUTH", "JWT_COOKIE_SECURE"),
)


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        for path in _FLAGS:
            value = settings.get(*path)
            if always(value, False):
                yield Hit(
                    where=value.where,
                    message=f"{path[-1]} is False in the effective production settings ({value.where}).",
                    attack="One plain-HTTP request to the host carries the cookie in clear.",
                    fix=f"{path[-1]} = True" if len(path) == 1 else f'{path[0]}["{path[1]}"] = True',
                    changes=(Change("value", value.where, path[-1], "True"),),
                )
