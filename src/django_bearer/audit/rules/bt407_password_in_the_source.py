"""A login compares the password with a text in the source.

The password is the same on every installation, is known to everyone who has read the code, cannot be changed
by its owner and is never hashed.

Silent on empty texts and masks, and on comparisons with what no caller sent.

Fix: `django.contrib.auth.authenticate`, with users in the database.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer.audit.finding import Confidence, Hit, Persona, Severity
from django_bearer.audit.per_module import modules_with
from django_bearer.audit.project import Project
from django_bearer.audit.project.flow.requests import sent_by_caller
from django_bearer.audit.project.flow.words import has_word, is_password, is_secret
from django_bearer.audit.project.locals import is_parameter
from django_bearer.audit.project.source import Module

ID = "BT407"
TITLE = "Password written in the source"
CWE = "CWE-798"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_NO_PASSWORDS = frozenset({"", "none", "null", "undefined", "true", "false", "password", "passwort", "senha"})


@modules_with("passw", "pwd", "secret", "token", "api_key", "senha", "otp")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for node in module.nodes(ast.Compare):
        match node:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                given = _given(project, module, left, right) or _given(project, module, right, left)
                if given:
                    yield Hit(
                        where=module.place(node),
                        message=f"{given} is compared with a text written here.",
                        attack="Whoever has read the code logs in, on every installation.",
                        fix="user = authenticate(request, username=username, password=password)",
                    )
            case _:
                pass


def _given(project: Project, module: Module, sent: ast.expr, literal: ast.expr) -> str | None:
    """The name of what the caller sent, when it is compared with a text that is a password."""
    name = _name(sent)
    if not (is_password(name) or is_secret(name)) or not isinstance(literal, ast.Constant):
        return None
    text = literal.value
    if not isinstance(text, str) or text.lower() in _NO_PASSWORDS or not set(text) - set("*x•.-_ "):
        return None
    if len(text) < 4 and not is_password(name):
        return None
    return name if sent_by_caller(project.functions, module, sent) or _is_login(module, sent) else None


def _is_login(module: Module, node: ast.expr) -> bool:
    function = module.function_around(node)
    return (
        function is not None
        and isinstance(node, ast.Name)
        and is_parameter(function, node.id)
        and has_word(function.name, "login", "authenticate", "auth", "signin", "credentials")
    )


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name
        case _:
            return ""
