"""A secret is compared with `==`.

`==` stops at the first difference, and the time it takes says how much was right. Over a network that is hard
to measure and still free to avoid.

Fix: `django.utils.crypto.constant_time_compare(a, b)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import is_secret
from django_bearer_audit.project.source import Module

ID = "BT104"
TITLE = "Secret compared with =="
CWE = "CWE-208"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.PEDANTIC


@modules_with("request")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for node in module.nodes(ast.Compare):
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                if _compares(project, module, left, right) or _compares(project, module, right, left):
                    yield Hit(
                        where=module.place(node),
                        message=f"`{ast.unparse(node)[:99]}` compares a secret with what was sent.",
                        attack="The time of the answer tells how much of the start was right.",
                        fix=f"constant_time_compare({ast.unparse(left)}, {ast.unparse(right)})",
                    )
            case _:
                pass


def _compares(project: Project, module: Module, secret: ast.expr, sent: ast.expr) -> bool:
    inner = secret.args[0] if isinstance(secret, ast.Call) and secret.args else secret
    name = inner.attr if isinstance(inner, ast.Attribute) else ""
    return is_secret(name) and sent_by_caller(project.functions, module, sent) is not None
