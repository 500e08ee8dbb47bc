"""The code answers with the caller's own origin and allows credentials.

A view or middleware that copies the Origin header into `Access-Control-Allow-Origin` and sets
`Access-Control-Allow-Credentials` lets every page read answers as the logged-in visitor.

Silent where the same function looks the origin up in something first.

Fix: django-cors-headers with a list of exact origins.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with_all
from django_bearer_audit.project import Project
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT303"
TITLE = "Any origin is reflected with credentials"
CWE = "CWE-942"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ALLOW, _WITH = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


@modules_with_all(_ALLOW, _WITH)
def check(project: Project, module: Module) -> Iterator[Hit]:
    for assign in module.nodes(ast.Assign):
        if _header(assign) == _ALLOW and _is_callers(module, assign) and not _looked_up(module, assign):
            yield Hit(
                where=module.place(assign),
                message="The caller's Origin header is sent back as Access-Control-Allow-Origin, with credentials.",
                attack="A page the user visits reads the API's answers with the user's cookies.",
                fix='CORS_ALLOWED_ORIGINS = ["https://app.example.com"]',
            )


def _header(assign: ast.Assign) -> str:
    match assign.targets:
        case [ast.Subscript(slice=ast.Constant(value=str(name)))]:
            return name
        case _:
            return ""


def _is_callers(module: Module, assign: ast.Assign) -> bool:
    function = module.function_around(assign)
    origins = {node.value for node in walk(assign.value) if isinstance(node, ast.Constant)}
    if {"HTTP_ORIGIN", "Origin", "origin"} & origins:
        return True
    names = {node.id for node in walk(assign.value) if isinstance(node, ast.Name)}
    return function is not None and any(
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id in names for target in node.targets)
        and any(
            isinstance(part, ast.Constant) and part.value in ("HTTP_ORIGIN", "Origin", "origin")
            for part in walk(node.value)
        )
        for node in walk(function)
    )


def _looked_up(module: Module, assign: ast.Assign) -> bool:
    function = module.function_around(assign)
    return function is not None and any(
        isinstance(node, ast.In | ast.NotIn)
        or (isinstance(node, ast.Attribute) and node.attr in {"match", "fullmatch", "endswith", "startswith"})
        for node in walk(function)
    )
