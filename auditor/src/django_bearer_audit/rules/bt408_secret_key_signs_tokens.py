"""SECRET_KEY signs the JWTs, too.

One key for sessions, password resets and tokens: whoever gets it from one of them has all, and changing
it ends everything at once. HMAC also means that each service that checks tokens can make them.

Told to everybody where the settings name SECRET_KEY as the key of tokens and it is written in the source: it has
to be replaced in two places. Else shown to the pedantic persona.

Fix: a key pair of its own for tokens.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

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


_CIPHERS = re.compile(r"(^|\.)(Fernet|AESGCM|ChaCha20Poly1305|SecretBox)$|(AES|ChaCha20|DES3?|Blowfish)\.new$")


def check(project: Project) -> Iterator[Hit]:
    for module, call in project.calls("jwt.encode", "jose.jwt.encode"):
        key = argument(call, 1, "key")
        if key is not None and project.qualname(module, key) == "django.conf.settings.SECRET_KEY":
            yield _hit(module.place(call), "The token is signed with SECRET_KEY.")
    yield from _encrypts(project)
    for settings in project.settings:
        yield from _in_settings(settings)


def _encrypts(project: Project) -> Iterator[Hit]:
    """`Fernet(key)`, `AES.new(key)` with a key that is made of SECRET_KEY."""
    for module in project.python.with_all_words("SECRET_KEY"):
        for call in module.nodes(ast.Call):
            name = project.qualname(module, call.func) or ""
            key = call.args[0] if call.args else None
            if key is not None and _CIPHERS.search(name):
                made = {part.name for part in project.origins(module, key)}
                if "django.conf.settings.SECRET_KEY" in made:
                    yield replace(
                        _hit(module.place(call), f"{name.rpartition('.')[2]} encrypts with SECRET_KEY."),
                        fix='Fernet(os.environ["FIELD_KEY"])  # a key of its own, rotated by MultiFernet',
                        severity=Severity.MEDIUM,
                        persona=Persona.REGULAR,
                    )


def _in_settings(settings: Settings) -> Iterator[Hit]:
    secret = {leaf.where for leaf in leaves(settings.get("SECRET_KEY")) if isinstance(leaf, Known | Env)}
    for name, entry in (("SIMPLE_JWT", "SIGNING_KEY"), ("JWT_AUTH", "JWT_SECRET_KEY"), ("NINJA_JWT", "SIGNING_KEY")):
        table, key = settings.get(name), settings.get(name, entry)
        used = any(leaf.where in secret for leaf in leaves(key))
        if not never_set(table) and (never_set(key) or used):
            hit = _hit(table.where, f'{name}["{entry}"] is SECRET_KEY.')
            told = used and not never_set(key) and _is_written(settings)
            yield replace(hit, severity=Severity.MEDIUM, persona=Persona.REGULAR) if told else hit


def _is_written(settings: Settings) -> bool:
    """SECRET_KEY is a text of the source: whoever reads it makes tokens."""
    options = list(leaves(settings.get("SECRET_KEY")))
    return bool(options) and all(isinstance(each, Known) and bool(each.value) for each in options)


def _hit(where: Place, message: str) -> Hit:
    return Hit(
        where=where,
        message=message,
        attack="One leak of SECRET_KEY forges sessions, reset links and tokens alike.",
        fix='SIMPLE_JWT = {"ALGORITHM": "ES256", "SIGNING_KEY": env("JWT_KEY"), "VERIFYING_KEY": PUBLIC_KEY}',
    )
