"""The token decides how it is checked.

The header of a JWT is written by whoever made the token. When its `alg` is handed to the check, an
attacker writes `none`, or `HS256` and signs with the public key, which everybody has. The same happens
when the list of algorithms holds `none` or mixes HMAC with public keys, and in jose when no list is
given.

Fix: one algorithm for one key, written at the server.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import DECODE, HEADER, argument, unverified
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Items, Value, leaves, text
from django_bearer_audit.project.walking import walk

ID = "BT405"
TITLE = "Token chooses its algorithm"
CWE = "CWE-347"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_ATTACK = "An attacker sets the header to an algorithm he can compute and signs a token for any user."
_FIX = 'jwt.decode(token, key, algorithms=["ES256"])  # one algorithm for one key'


def check(project: Project) -> Iterator[Hit]:
    for module, call in project.calls(*DECODE):
        wrong = _wrong(project, module, call)
        if wrong:
            yield Hit(where=module.place(call), message=wrong, attack=_ATTACK, fix=_FIX)
    for module, call in project.calls("jwt.encode", "jose.jwt.encode"):
        algorithm = argument(call, 2, "algorithm")
        if algorithm is not None and _is_none(project.value(module, algorithm)):
            yield Hit(
                where=module.place(call),
                message="The token is made with the algorithm none.",
                attack="Anybody writes such a token himself.",
                fix='jwt.encode(claims, private_key, algorithm="ES256")',
                persona=Persona.PEDANTIC,  # some services ask for such tokens over their own TLS connection
            )


def _wrong(project: Project, module: Module, call: ast.Call) -> str | None:
    qualname = project.qualname(module, call.func) or ""
    given = argument(call, 2, "algorithms")
    options = argument(call, 3, "options")
    if given is None:
        is_jose = qualname.startswith("jose.") and len(call.args) < 3
        off = options is not None and unverified(project.value(module, options), None)
        return "No algorithms are named, so jose takes the one in the token." if is_jose and not off else None
    if _from_header(project, module, given):
        return "The algorithms come from the header of the token itself."
    return _bad_list(project.value(module, given))


def _from_header(project: Project, module: Module, node: ast.expr, depth: int = 0) -> bool:
    for each in walk(node):
        if isinstance(each, ast.Call) and project.qualname(module, each.func) in HEADER:
            return True
        function = module.function_around(node)
        if isinstance(each, ast.Name) and function is not None and depth < 4:
            stored = project.functions.stored(module, function, each.id)
            if any(value is not node and _from_header(project, module, value, depth + 1) for value in stored):
                return True
    return False


def _bad_list(value: Value) -> str | None:
    if not isinstance(value, Items):
        return None
    named = {(text(leaf) or "").upper() for item in value.items for leaf in leaves(item)}
    if "NONE" in named:
        return "The list of algorithms allows none: a token without a signature."
    mixed = any(name.startswith("HS") for name in named) and any(
        name.startswith(("RS", "ES", "PS", "ED")) for name in named
    )
    return "The list mixes HMAC with public keys, so a public key can serve as the secret." if mixed else None


def _is_none(value: Value) -> bool:
    return any((text(leaf) or "").lower() == "none" for leaf in leaves(value))
