"""A JWT is signed or verified with a key that is written in the source.

A JWT is worth as much as its key is secret. A literal key is known to everyone who has read the code, and a
short one is found offline from a single token: HS256 needs 32 random bytes. The rule follows the key
through settings, constants and imports to the place where it is written.

Silent when the key comes from the environment or a file, and on public keys.

Fix: an asymmetric key from the environment or a key store; for HMAC at least 32 random bytes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Known, constants, leaves

ID = "BT402"
TITLE = "JWT key is written in the source"
CWE = "CWE-321"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_SETTINGS = {"SIMPLE_JWT": "SIGNING_KEY", "NINJA_JWT": "SIGNING_KEY", "JWT_AUTH": "JWT_SECRET_KEY"}
_SIGN = ("jwt.encode", "jose.jwt.encode", "jose.jws.sign")
_VERIFY = ("jwt.decode", "jose.jwt.decode", "jose.jws.verify")
_ATTACK = "Whoever has read the code signs a token for any user, with any claim; nothing tells it from a real one."


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for settings in project.settings:
        for hit in _in_settings(settings):
            told.add(hit.where)
            yield hit
    uses: dict[Place, list[Place]] = {}
    keys: dict[Place, Known] = {}
    for module, call in project.calls(*_SIGN, *_VERIFY):
        for key in _literal_keys(project, module, call):
            where = _cause(project, module, call, key)
            if where is not None:
                keys[where] = key
                uses.setdefault(where, []).append(module.place(call))
    for where, places in uses.items():
        if where not in told:
            yield _hit(keys[where], where, tuple(place for place in places if place != where))


def _in_settings(settings: Settings) -> Iterator[Hit]:
    secret = {option.where for option in leaves(settings.get("SECRET_KEY"))}
    for name, entry in _SETTINGS.items():
        for option in leaves(settings.get(name, entry)):
            if isinstance(option, Known) and _is_key(option) and option.where not in secret:
                yield _hit(option, option.where, (), f'{name}["{entry}"]')


def _literal_keys(project: Project, module: Module, call: ast.Call) -> Iterator[Known]:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "key"]
    expression = given[0] if given else (call.args[1] if len(call.args) > 1 else None)
    if expression is not None:
        for option in leaves(project.value(module, expression)):
            if isinstance(option, Known) and _is_key(option):
                yield option


def _cause(project: Project, module: Module, call: ast.Call, key: Known) -> Place | None:
    """Where to point: the literal; for SECRET_KEY, which BT401 reports, the place that signs with it."""
    settings = project.settings_for(module.path)
    if settings is None or key.where not in {known.where for known in constants(settings.get("SECRET_KEY"))}:
        return key.where if key.where.path != module.path else module.place(call)
    return module.place(call) if project.qualname(module, call.func) in _SIGN else None


def _is_key(option: Known) -> bool:
    value = option.value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return isinstance(value, str) and bool(value) and "PUBLIC KEY" not in value


def _hit(key: Known, where: Place, related: tuple[Place, ...], what: str = "The JWT key") -> Hit:
    length = len(key.value) if isinstance(key.value, str | bytes) else 0
    short = f" and only {length} characters long" if length < 32 else ""
    return Hit(
        where=where,
        message=f"{what} is a literal{short}, written in {key.where}.",
        attack=_ATTACK,
        fix='SIGNING_KEY = os.environ["JWT_SIGNING_KEY"]  # an ES256 or RS256 private key, never SECRET_KEY',
        related=related,
    )
