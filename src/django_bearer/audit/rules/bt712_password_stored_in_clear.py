"""A password is stored as it was sent.

Whoever reads the table has the passwords of all users, also for the other places where they use them. It
happens when the column is filled directly, instead of by `set_password` or `create_user`, and shows where
accounts are looked up by their password.

Silent on anything that hashes, on confirmations and on forms.

Fix: `user.set_password(password)`; `authenticate(username=…, password=…)` to check.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer.audit.finding import Confidence, Hit, Persona, Severity
from django_bearer.audit.project import Project
from django_bearer.audit.project.flow.requests import sent_by_caller
from django_bearer.audit.project.source import Module

ID = "BT712"
TITLE = "Password stored in clear"
CWE = "CWE-256"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_NAMES = frozenset({"password", "passwd", "pwd", "user_password"})
_VERBS = frozenset({"create", "get", "filter", "get_or_create", "update", "exclude"})


def check(project: Project) -> Iterator[Hit]:
    told: set[str] = set()
    for module in project.python.with_words("password", "passwd", "pwd"):
        for call in module.nodes(ast.Call):
            verb = _verb(call)
            for keyword in call.keywords if verb else ():
                if keyword.arg in _NAMES and _is_sent(project, module, keyword.value):
                    table = ast.unparse(call.func).partition(".objects")[0]
                    if table in told:
                        continue  # one cause: the column of that table
                    told.add(table)
                    yield _hit(module, call, f".objects.{verb}({keyword.arg}=…) takes it as it was sent.")
        for assign in module.nodes(ast.Assign):
            match assign.targets:
                case [ast.Attribute(value=ast.Name(id=owner), attr="password")] if owner != "self":
                    if _is_sent(project, module, assign.value) and _is_saved(module, assign, owner):
                        yield _hit(module, assign, f"{owner}.password is what was sent.")
                case _:
                    pass


def _verb(call: ast.Call) -> str | None:
    """`Account.objects.create(…)`; `create_user` hashes."""
    match call.func:
        case ast.Attribute(value=ast.Attribute(attr="objects"), attr=verb) if verb in _VERBS:
            return verb
        case _:
            return None


def _is_sent(project: Project, module: Module, value: ast.expr) -> bool:
    function = module.function_around(value)
    if function is None or sent_by_caller(project.functions, module, value) is None:
        return False
    name = value.id if isinstance(value, ast.Name) else ""
    stored = project.functions.stored(module, function, name) if name else [value]
    hashed = ("hash", "make_password", "digest", "sha", "md5", "encode", "crypt")
    return not any(word in ast.unparse(each).lower() for each in stored for word in hashed)


def _is_saved(module: Module, node: ast.AST, owner: str) -> bool:
    function = module.function_around(node)
    code = ast.unparse(function) if function else ""
    return f"{owner}.save(" in code and f"{owner}.set_password(" not in code


def _hit(module: Module, node: ast.AST, message: str) -> Hit:
    return Hit(
        where=module.place(node),
        message=message,
        attack="One leaked table or backup is a list of working passwords.",
        fix="user.set_password(password)\nuser.save()",
    )
