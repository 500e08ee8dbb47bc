"""SECRET_KEY signs the JWTs, too.

One key for sessions, password resets and tokens: whoever gets it from one of them has all, and changing
it ends everything at once. HMAC also means that each service that checks tokens can make them.

Fix: a key pair of its own for tokens.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import argument
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Env, Known, leaves, never_set

ID = "BT408"
TITLE = "SECRET_KEY signs tokens"
CWE = "CWE-321"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.PEDANTIC


def check(project: Project) -> Iterator[Hit]:
    for module, call in project.calls("jwt.encode", "jose.jwt.encode"):
        key = argument(call, 1, "key")
        if key is not None and project.qualname(module, key) == "django.conf.settings.SECRET_KEY":
            yield _hit(module.place(call), "The token is signed with SECRET_KEY.")
    for settings in project.settings:
        yield from _in_settings(settings)


def _in_settings(settings: Settings) -> Iterator[Hit]:
    table = settings.get("SIMPLE_JWT")
    key = settings.get("SIMPLE_JWT", "SIGNING_KEY")
    secret = {leaf.where for leaf in leaves(settings.get("SECRET_KEY")) if isinstance(leaf, Known | Env)}
    used = any(leaf.where in secret for leaf in leaves(key))
    if not never_set(table) and (never_set(key) or used):
        yield _hit(table.where, 'SIMPLE_JWT["SIGNING_KEY"] is SECRET_KEY.')


def _hit(where: Place, message: str) -> Hit:
    return Hit(
        where=where,
        message=message,
        attack="One leak of SECRET_KEY forges sessions, reset links and tokens alike.",
        fix='SIMPLE_JWT = {"ALGORITHM": "ES256", "SIGNING_KEY": env("JWT_KEY"), "VERIFYING_KEY": PUBLIC_KEY}',
    )
