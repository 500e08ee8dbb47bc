"""A JWT is taken apart by hand.

Splitting at the dots and decoding base64 reads the payload and skips the signature, so whatever an attacker
writes there is believed.

Silent when the same function verifies a signature or computes a MAC.

Fix: `jwt.decode(token, key, algorithms=["ES256"])`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import is_secret
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT410"
TITLE = "JWT taken apart by hand"
CWE = "CWE-347"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_CHECKS = ("verify", "hmac", "signature", "signing", "jwt.decode", "compare_digest")


@modules_with("b64decode")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for function in module.nodes(ast.FunctionDef):
        split = next((node for node in walk(function) if _splits_a_token(node)), None)
        if split and _only_reads(ast.unparse(function).lower()):
            yield Hit(
                where=module.place(split),
                message="The payload of a token is read from its middle part, its signature never.",
                attack="An attacker writes a payload for any user; the last part may be empty.",
                fix='jwt.decode(token, key, algorithms=["ES256"])',
            )


def _splits_a_token(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="split"), args=[ast.Constant(value="." | b".")]):
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            return is_secret(name)
        case _:
            return False


def _only_reads(code: str) -> bool:
    return "b64decode" in code and "loads" in code and not any(word in code for word in _CHECKS)
