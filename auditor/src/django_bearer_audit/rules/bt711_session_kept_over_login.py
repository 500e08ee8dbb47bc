"""The session keeps its key over a login.

A view that logs in by writing the user into `request.session` keeps the key that the browser had before.
Whoever planted that key is logged in, too. Django's `login()` changes it.

Silent when the view calls `login`, `cycle_key` or `flush`, and where the login waits for a second factor.

Fix: `django.contrib.auth.login(request, user)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import has_word, vocabulary
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT711"
TITLE = "Session kept over login"
CWE = "CWE-384"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_KEYS = vocabulary("user user_id userid uid username account account_id member_id is_login logged_in is_logged_in")
_ENDS = ("cycle_key", "flush(", "login(", "otp", "mfa", "two_factor", "2fa", "second_factor")


@modules_with("request.session[")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for function in module.nodes(ast.FunctionDef):
        if not has_word(function.name, "login", "signin", "authenticate", "post"):
            continue
        write = next((node for node in walk(function) if _writes_the_user(node)), None)
        body = "\n".join(ast.unparse(statement) for statement in function.body)
        if write is not None and "password" in body and not any(word in body for word in _ENDS):
            yield Hit(
                where=module.place(write),
                message="The user is written into a session whose key stays the same.",
                attack="An attacker who planted the key in the browser is logged in as the victim.",
                fix="django.contrib.auth.login(request, user)  # or request.session.cycle_key()",
            )


def _writes_the_user(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id="request"), attr="session"),
            slice=ast.Constant(value=str(key)),
            ctx=ast.Store(),
        ):
            return key.lower() in _KEYS
        case _:
            return False
