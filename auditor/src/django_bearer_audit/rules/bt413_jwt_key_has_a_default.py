"""A JWT key from the environment has a default that is written in the source.

The installation that forgets the variable starts, works, and signs with a key that everybody knows. A missing
key should stop the start instead.

Silent on empty defaults, which fail at the first use, and on SECRET_KEY, which has its own rule.

Fix: `os.environ["JWT_KEY"]`, which stops when it is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import argument
from django_bearer_audit.project.values import Env, Known, Value, constants, leaves

ID = "BT413"
TITLE = "JWT key has a default"
CWE = "CWE-321"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_SETTINGS = (("SIMPLE_JWT", "SIGNING_KEY"), ("NINJA_JWT", "SIGNING_KEY"), ("JWT_AUTH", "JWT_SECRET_KEY"))
_CALLS = ("jwt.encode", "jwt.decode", "jose.jwt.encode", "jose.jwt.decode")


def check(project: Project) -> Iterator[Hit]:
    secret = {leaf.where for s in project.settings for leaf in leaves(s.get("SECRET_KEY"))}
    found = [settings.get(*names) for settings in project.settings for names in _SETTINGS]
    for module, call in project.calls(*_CALLS):
        key = argument(call, 1, "key")
        if key is not None:
            found.append(project.value(module, key))
    for where in dict.fromkeys(env for value in found for env in _with_default(value)):
        if where.where not in secret:
            yield Hit(
                where=where.where,
                message=f"The JWT key is {where.name or 'a variable'}, or else a text in the source.",
                attack="Where the variable was forgotten, whoever has read the code signs tokens.",
                fix=f'os.environ["{where.name or "JWT_KEY"}"]',
            )


def _with_default(value: Value) -> Iterator[Env]:
    for leaf in leaves(value):
        if isinstance(leaf, Env) and leaf.default is not None and any(map(_is_key, constants(leaf.default))):
            yield leaf


def _is_key(known: Known) -> bool:
    return isinstance(known.value, str | bytes) and len(known.value) > 0
