"""A login is handed to whoever names an account.

The user is looked up by an id, a name or an address from the request and gets a token or a session, without a
password, a code, or the word of another service.

Silent when the function checks anything that could prove who asks, and right after the account was created.

Fix: `user = authenticate(request, username=…, password=…)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.logins import PROOF, code_around, issued, named_by_caller
from django_bearer_audit.project.source import Module

ID = "BT710"
TITLE = "Login without proof"
CWE = "CWE-287"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_OTHER = (
    "is_valid(",
    "password",
    "token =",
    "request.user",
    "is_staff",
    "is_superuser",
    "impersonat",
    "is_admin",
)


@modules_with("for_user(", "login(", "Token.objects", "AuthToken")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for function in module.nodes(ast.FunctionDef):
        for call, user in issued(project.imports, module, function):
            query = named_by_caller(project.functions, module, user)
            if query is None:
                continue
            code = code_around(module, call, function)
            if not PROOF.search(code) and not any(word in code for word in _OTHER):
                yield Hit(
                    where=module.place(call),
                    message=f"The user comes from `{ast.unparse(query)[:80]}`, and nothing is proved.",
                    attack="An attacker names the victim's account and is logged in.",
                    fix="user = authenticate(request, username=username, password=password)",
                    related=(module.place(query),),
                )
