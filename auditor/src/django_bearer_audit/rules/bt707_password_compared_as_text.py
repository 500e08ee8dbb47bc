"""A stored password is compared with `==`.

Either the column holds the password itself, and a leaked table is a list of passwords; or it holds a
hash, and the comparison is never true, so that the check behind it protects nothing.

Fix: `user.check_password(password)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.locals import is_parameter
from django_bearer_audit.project.source import Module

ID = "BT707"
TITLE = "Password compared as text"
CWE = "CWE-287"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_OWNERS = ("user", "account", "member", "customer", "person", "profile", "employee", "usuario", "client", "u")


@modules_with(".password")
def check(project: Project, module: Module) -> Iterator[Hit]:
    told: set[ast.AST | None] = set()
    for node in module.nodes(ast.Compare):
        function = module.function_around(node)
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                found = _compares(project, module, left, right) or _compares(project, module, right, left)
                if found and function not in told:
                    told.add(function)
                    yield Hit(
                        where=module.place(node),
                        message=f"`{ast.unparse(node)[:80]}` compares the column with what was sent.",
                        attack="A leaked table is a list of passwords, or the check does nothing.",
                        fix="if user.check_password(password):",
                    )
            case _:
                pass


def _compares(project: Project, module: Module, stored: ast.expr, sent: ast.expr) -> bool:
    match stored:
        case ast.Attribute(value=ast.Name(id=owner), attr="password") if has_word(owner, *_OWNERS):
            function = module.function_around(stored)
            given = isinstance(sent, ast.Name) and function is not None and is_parameter(function, sent.id)
            return given or sent_by_caller(project.functions, module, sent) is not None
        case _:
            return False
