"""The token says which key to check it with.

`jwk`, `jku`, `x5u` and `x5c` in the header are written by whoever made the token. Using the key found
there, or at the address given there, checks only that the attacker owns a key. A `kid` that selects one
of our own keys is fine.

Fix: keys from the server's own list, selected by `kid`; addresses fixed in the settings.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import HEADER
from django_bearer_audit.project.source import Module

ID = "BT406"
TITLE = "Token brings its own key"
CWE = "CWE-347"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_KEYS = frozenset({"jwk", "jku", "x5u", "x5c"})


@modules_with(*(f'"{key}"' for key in _KEYS), *(f"'{key}'" for key in _KEYS))
def check(project: Project, module: Module) -> Iterator[Hit]:
    for owner, key, node in _reads(module):
        if key in _KEYS and _is_header(project, module, owner):
            yield Hit(
                where=module.place(node),
                message=f"The key is taken from {key} in the token's own header.",
                attack="An attacker signs with a key of his own and names that key in the header.",
                fix="jwt.PyJWKClient(settings.JWKS_URL).get_signing_key_from_jwt(token)",
            )


def _reads(module: Module) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    for item in module.nodes(ast.Subscript):
        if isinstance(item.slice, ast.Constant):
            yield item.value, str(item.slice.value), item
    for call in module.nodes(ast.Call):
        match call:
            case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[ast.Constant(value=str(key)), *_]):
                yield owner, key, call
            case _:
                pass


def _is_header(project: Project, module: Module, node: ast.expr) -> bool:
    values = [node]
    function = module.function_around(node)
    if isinstance(node, ast.Name) and function is not None:
        values = project.functions.stored(module, function, node.id)
    return any(isinstance(v, ast.Call) and project.qualname(module, v.func) in HEADER for v in values)
