"""The caller says whose password is changed.

The account is looked up by an id, a name or an address from the request and gets the password from the
same request. Nothing shows that it is the caller's own: no old password, no token that was mailed, no
check of a role.

Silent when the function or its decorators check anything of that kind.

Fix: `request.user` for a change, with the old password; a token from `default_token_generator` for a
reset.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.logins import PROOF, code_around, named_by_caller
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.source import Module

ID = "BT706"
TITLE = "Caller names the account"
CWE = "CWE-620"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ROLES = ("admin", "staff", "superuser", "perm", "has_", "role", "token", "session", "hash", "old_password")


@modules_with("set_password(")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call in module.nodes(ast.Call):
        match call:
            case ast.Call(func=ast.Attribute(value=account, attr="set_password"), args=[password, *_]):
                function = module.function_around(call)
                if function is None or has_word(function.name, "register", "signup", "create"):
                    continue
                code = code_around(module, call, function)
                if PROOF.search(code) or any(word in code.lower() for word in _ROLES):
                    continue
                query = named_by_caller(project.functions, module, account)
                if query is not None and sent_by_caller(project.functions, module, password):
                    yield Hit(
                        where=module.place(call),
                        message=f"The account comes from `{ast.unparse(query)[:80]}` and nothing else.",
                        attack="An attacker sends the victim's address with a password of his own.",
                        fix="if not request.user.check_password(old):\n    raise PermissionDenied",
                        related=(module.place(query),),
                    )
            case _:
                pass
