"""The token that a login hands out never ends.

The token of `rest_framework.authtoken` is one row for each user, without an expiry, the same at every
login. Unless something deletes the row, one that was copied works until the account is gone.

Silent when any code deletes such tokens or compares their age, and in projects that only make them in the
admin.

Fix: delete the token at logout and with the password; or tokens with an expiry (knox, simplejwt).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module

ID = "BT610"
TITLE = "Login token never ends"
CWE = "CWE-613"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_MODEL = "rest_framework.authtoken.models.Token"


def check(project: Project) -> Iterator[Hit]:
    made = next(_made_at_login(project), None)
    if made is not None and not _ended_somewhere(project):
        yield Hit(
            where=made,
            message="The login hands out the token of rest_framework.authtoken, and nothing ever ends it.",
            attack="A token copied once works until the account is deleted.",
            fix="request.user.auth_token.delete()  # at logout and when the password changes",
        )


def _made_at_login(project: Project) -> Iterator[Place]:
    for module, call in project.calls(f"{_MODEL}.objects.get_or_create", f"{_MODEL}.objects.create"):
        function = module.function_around(call)
        code = ast.unparse(function) if isinstance(function, Function) else ""
        if "authenticate(" in code or "check_password" in code or "is_valid(" in code:
            yield module.place(call)


def _ended_somewhere(project: Project) -> bool:
    return any(project.from_modules(f"{ID} ends", ("any", "authtoken", "auth_token", "auth"), _ends)) or any(
        project.from_modules(f"{ID} dates", ("any", "authtoken"), _dates)
    )


def _ends(module: Module) -> Iterator[bool]:
    for call in module.nodes(ast.Call):
        code = ast.unparse(call.func).lower() if getattr(call.func, "attr", "") == "delete" else ""
        if (code.endswith(".delete") and "token" in code) or code == "request.auth.delete":
            yield True


def _dates(module: Module) -> Iterator[bool]:
    if ".created" in module.text and "timedelta" in module.text:
        yield True
