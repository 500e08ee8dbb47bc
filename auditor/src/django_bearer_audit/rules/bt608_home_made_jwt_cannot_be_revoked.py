"""A home-made JWT lives for hours, and nothing in the project can end it.

A signed token answers to no server. Where a login lasts longer than an hour, logout, a new password and a
closed account need a way to reach it: a `jti` on a denylist, a version in the user's row, a session row.

One finding for the place that makes the tokens. Silent when anything in the project looks like a
revocation.

Fix: minutes instead of hours, with a refresh token that is checked against the database; or a `jti` and a
denylist.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import argument, is_login_token
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Known, span
from django_bearer_audit.project.walking import walk

ID = "BT608"
TITLE = "Home-made JWT cannot be revoked"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_REVOCATION = ("jti", "blacklist", "denylist", "revoke", "token_version", "session_version", "tokens_valid")


def check(project: Project) -> Iterator[Hit]:
    for module, call in project.calls("jwt.encode", "jose.jwt.encode"):
        payload = argument(call, 0, "payload", "claims")
        lifetime = _lifetime(project, module, payload) if payload else None
        if lifetime is None or lifetime <= timedelta(hours=1) or not is_login_token(module, call):
            continue
        if not any(True for _ in project.python.with_words(*_REVOCATION)):
            yield Hit(
                where=module.place(call),
                severity=Severity.HIGH if lifetime >= timedelta(days=7) else None,
                message=f"The token lives {span(lifetime)} and no code of the project can end it earlier.",
                attack="A stolen token works until then, through logout and a new password.",
                fix='"exp": now + timedelta(minutes=5)  # and a refresh token that the database knows',
            )
            return


def _lifetime(project: Project, module: Module, payload: ast.expr) -> timedelta | None:
    """The timedelta, or the seconds added to the clock, that go into `exp`."""
    function = module.function_around(payload)
    made = [payload]
    if isinstance(payload, ast.Name) and function is not None:
        made = project.functions.stored(module, function, payload.id)
    for node in (each for value in made for each in walk(value) if isinstance(each, ast.Call)):
        value = project.value(module, node)
        if isinstance(value, Known) and isinstance(value.value, timedelta):
            return value.value
    for table in (each for value in made for each in walk(value) if isinstance(each, ast.Dict)):
        for key, end in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "exp":
                return _seconds(project, module, end)
    return None


def _seconds(project: Project, module: Module, end: ast.expr) -> timedelta | None:
    """Of `time.time() + 24 * 3600`, in whatever it is wrapped."""
    for node in walk(end):
        match node:
            case ast.BinOp(op=ast.Add(), left=clock, right=added) if _is_clock(clock):
                value = project.value(module, added)
                if isinstance(value, Known) and isinstance(value.value, int | float):
                    return timedelta(seconds=value.value)
            case _:
                pass
    return None


def _is_clock(node: ast.expr) -> bool:
    written = ast.unparse(node)
    return written.removeprefix("int(").startswith(("time.time()", "time()")) or ".timestamp()" in written
