"""A JWT says nothing about whom it was made for.

With times alone in it, any valid token serves any user: the check can only ask whether somebody once had a
token, never whose.

Silent when the claims are not all known.

Fix: `sub` with the user's id, and a check that the token's user is the one that is served.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_calling
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import TIMES, argument
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Table

ID = "BT411"
TITLE = "Token names nobody"
CWE = "CWE-287"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_CONTEXT = frozenset({*TIMES, "iss", "aud", "typ", "type", "token_type"})


@modules_calling("jwt.encode", "jose.jwt.encode")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call in project.calls_in(module, "jwt.encode", "jose.jwt.encode"):
        payload = argument(call, 0, "payload", "claims")
        # the issuer stands for the caller where services talk to each other
        claims = project.value(module, payload) if payload else None
        if not isinstance(claims, Table) or not claims.complete or "iss" in claims.entries:
            continue
        if {str(key) for key in claims.entries} <= _CONTEXT and not _grows(project, module.path, payload):
            yield Hit(
                where=module.place(call),
                message=f"The token holds only {', '.join(map(str, claims.entries)) or 'nothing'}.",
                attack="One token, of any account, opens all of them.",
                fix='jwt.encode({"sub": str(user.pk), "exp": …, "iat": …}, key, algorithm="ES256")',
            )


def _grows(project: Project, path: str, payload: ast.expr | None) -> bool:
    """Whether claims are added to the dictionary after it was made: `payload["sub"] = …`."""
    module = project.python.module(path)
    if not isinstance(payload, ast.Name) or module is None:
        return False
    return (
        any(
            isinstance(node.value, ast.Name) and node.value.id == payload.id and isinstance(node.ctx, ast.Store)
            for node in module.nodes(ast.Subscript)
        )
        or f"{payload.id}.update(" in module.text
    )
