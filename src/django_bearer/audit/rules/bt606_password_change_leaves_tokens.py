"""A new password leaves the old tokens alive.

People change a password because somebody else may have it. If that somebody already holds a token, the change
does nothing to it. Django ends sessions on its own when the password changes; tokens it does not know.

Silent when the view ends tokens or empties their column, when simplejwt's CHECK_REVOKE_TOKEN is on, and in projects
without tokens. API keys that are managed on their own are no part of a login.

Fix: blacklist the user's outstanding tokens (or delete the token rows) where the password is set.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer.audit.finding import Confidence, Hit, Persona, Severity
from django_bearer.audit.project import Project
from django_bearer.audit.project.flow.jwt import is_login_token
from django_bearer.audit.project.flow.logins import ENDS
from django_bearer.audit.project.flow.requests import sent_by_caller
from django_bearer.audit.project.flow.words import has_word
from django_bearer.audit.project.locals import Function
from django_bearer.audit.project.source import Module
from django_bearer.audit.project.values import always

ID = "BT606"
TITLE = "Password change leaves tokens alive"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_PACKAGES = ("rest_framework_simplejwt", "ninja_jwt", "knox", "dj_rest_auth")
_CHANGES = ("change", "reset", "confirm", "update", "new", "forgot", "recover", "set")

_EMPTIES = re.compile(r"\.(auth|api|access|session|login)_?(token|key) = (''|None|secrets\.|get_random_string)")
"""A login token kept in a column ends when the column is emptied or filled anew; the one of a reset is no login."""


def check(project: Project) -> Iterator[Hit]:
    for module in project.python.with_words("set_password("):
        for call in module.nodes(ast.Call):
            function = module.function_around(call)
            if function is None or not _sets(call) or not _changes(project, module, call, function):
                continue
            code = ast.unparse(function)
            if _has_tokens(project, module.path) and not ENDS.search(code) and not _EMPTIES.search(code):
                yield Hit(
                    where=module.place(call),
                    message="The password changes and no token of the user ends.",
                    attack="Whoever stole a token keeps the account after the password was changed.",
                    fix="for token in OutstandingToken.objects.filter(user=user):\n"
                    "    BlacklistedToken.objects.get_or_create(token=token)",
                )


def _sets(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "set_password" and len(call.args) == 1


def _changes(project: Project, module: Module, call: ast.Call, function: Function) -> bool:
    """A change by its owner or a reset, as told by what is checked or by a name; not a registration."""
    owner = next((scope.name for scope in module.enclosing(call) if isinstance(scope, ast.ClassDef)), "")
    names = f"{function.name}_{owner}"
    says_so = has_word(names, *_CHANGES) and has_word(names, "password", "pass", "pwd", "passwd")
    code = ast.unparse(function)
    proves = "check_password(" in code or "check_token(" in code
    return (says_so or proves) and bool(sent_by_caller(project.functions, module, call.args[0]))


def _has_tokens(project: Project, path: str) -> bool:
    settings = project.settings_for(path)
    if settings is None or always(settings.get("SIMPLE_JWT", "CHECK_REVOKE_TOKEN"), True):
        return False
    return (
        settings.installed(*_PACKAGES)
        or any(is_login_token(*made) for made in project.calls("jwt.encode", "jose.jwt.encode"))
        or (project.uses("rest_framework_simplejwt"))
    )
