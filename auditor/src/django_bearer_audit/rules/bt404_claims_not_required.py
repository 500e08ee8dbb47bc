"""A JWT is accepted without asking whom it is for, who issued it, or when it ends.

PyJWT and jose check `exp` only when the token has one, and `aud` and `iss` only when told what to expect.
A token that was made for another service or another purpose with the same key is then as good as one made
for this API. A token without an end is good for ever. The package simplejwt compares nothing when AUDIENCE
and ISSUER are None.

Fix: pass `audience`, `issuer` and `options={"require": ["exp", "aud", "iss", "sub"]}`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import argument, is_off, required, unverified
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Absent, Known, Table, Value, leaves

ID = "BT404"
TITLE = "Claims of a JWT not required"
CWE = "CWE-347"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_DECODE = ("jwt.decode", "jose.jwt.decode", "jwt.decode_complete")
_MAY_TAKE_EXPIRED = ("refresh", "renew", "blacklist", "revoke", "logout", "unsafe", "expired")
_ATTACK = "A token made for another service or purpose, or one that never ends, is accepted here."


def check(project: Project) -> Iterator[Hit]:
    for module, call in project.calls(*_DECODE):
        if any(keyword.arg is None for keyword in call.keywords):
            continue  # `**options` may say anything
        if _takes_expired(project, module, call):
            yield Hit(
                where=module.place(call),
                message="verify_exp is off: tokens that have ended are accepted.",
                attack="A token found in an old log or backup works as on its first day.",
                fix='jwt.decode(token, key, algorithms=["ES256"])  # exp is checked unless switched off',
                severity=Severity.MEDIUM,
            )
            continue
        missing = _missing(project, module, call)
        if missing:
            yield Hit(
                where=module.place(call),
                message=f"Nothing here requires {', '.join(missing)}.",
                attack=_ATTACK,
                fix='jwt.decode(token, key, algorithms=["ES256"], audience="https://api.example.com",\n'
                '    issuer="https://example.com", options={"require": ["exp", "aud", "iss", "sub"]})',
                persona=None if len(missing) == 3 else Persona.PEDANTIC,
            )
    for settings in project.settings:
        yield from _in_settings(settings)


def _takes_expired(project: Project, module: Module, call: ast.Call) -> bool:
    """Silent where an ended token is renewed or put on a list: that is what the option is for."""
    given = argument(call, 3, "options")
    options = project.value(module, given) if given else None
    function = module.function_around(call)
    if function is None or has_word(function.name, *_MAY_TAKE_EXPIRED):
        return False
    entry = options.entries.get("verify_exp") if isinstance(options, Table) else None
    return is_off(entry) and not unverified(options, None)


def _missing(project: Project, module: Module, call: ast.Call) -> list[str]:
    given = argument(call, 3, "options")
    options: Value | None = project.value(module, given) if given else None
    flag = argument(call, 99, "verify")
    if (options is not None and not isinstance(options, Table)) or unverified(
        options, project.value(module, flag) if flag else None
    ):
        return []
    require = required(options)
    missing = [] if "exp" in require else ["exp"]
    missing += [] if argument(call, 99, "audience") or "aud" in require else ["aud"]
    return missing + ([] if argument(call, 99, "issuer") or "iss" in require else ["iss"])


def _in_settings(settings: Settings) -> Iterator[Hit]:
    for name, prefix in (("SIMPLE_JWT", ""), ("NINJA_JWT", ""), ("JWT_AUTH", "JWT_")):
        table = settings.get(name)
        if not isinstance(table, Table):
            continue
        held = [(entry, table.get(f"{prefix}{entry}")) for entry in ("AUDIENCE", "ISSUER")]
        if all(
            isinstance(o, Absent) or (isinstance(o, Known) and o.value is None) for _, v in held for o in leaves(v)
        ):
            written = [value for _, value in held if isinstance(value, Known)]
            yield Hit(
                where=written[0].where if written else table.where,
                message=f"{name}: AUDIENCE and ISSUER are None, so neither is compared.",
                attack=_ATTACK,
                fix=f'{name} = {{..., "AUDIENCE": "https://api.example.com", "ISSUER": "https://example.com"}}',
                persona=None if written else Persona.PEDANTIC,
            )


def _is_empty(value: Value) -> bool:
    return isinstance(value, Absent) or (isinstance(value, Known) and value.value is None)
