"""A JWT is made without an end.

Nobody asks a server whether a JWT still holds; `exp` is all that ends it. Without one, a token that was
copied once works for ever, after logout, after a password change, after the account is closed.

Silent when the claims are not all known, when `exp` is added later, and on tokens for links in mails.

Fix: `"exp": now + timedelta(minutes=5)`, renewed by a refresh token that can be revoked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_calling
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import argument, is_login_token
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Table

ID = "BT604"
TITLE = "Token never ends"
CWE = "CWE-613"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


@modules_calling("jwt.encode", "jose.jwt.encode")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call in project.calls_in(module, "jwt.encode", "jose.jwt.encode"):
        if not is_login_token(module, call):
            continue
        payload = argument(call, 0, "payload", "claims")
        claims = project.value(module, payload) if payload else None
        if isinstance(claims, Table) and _is_endless(claims) and not _added_later(module, payload):
            yield Hit(
                where=module.place(call),
                message=f"The token holds {', '.join(map(str, claims.entries))} and no exp.",
                attack="A token copied once opens the account for ever; nothing can end it.",
                fix='jwt.encode({..., "exp": datetime.now(UTC) + timedelta(minutes=5)}, key, "ES256")',
            )


def _is_endless(claims: Table) -> bool:
    return claims.complete and bool(claims.entries) and "exp" not in claims.entries


def _added_later(module: Module, payload: ast.expr | None) -> bool:
    if not isinstance(payload, ast.Name):
        return False
    return f"{payload.id}.update(" in module.text or any(
        isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == payload.id
        for node in module.nodes(ast.Subscript)
    )
