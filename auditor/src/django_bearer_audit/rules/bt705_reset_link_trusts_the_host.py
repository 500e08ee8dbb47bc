"""The host of a reset link comes from the request.

`request.get_host()` and `build_absolute_uri` repeat the Host header that the caller sent. With
ALLOWED_HOSTS at `*` that may be any name, so an attacker has a mail sent to the owner whose link leads to
himself, token included.

Silent when ALLOWED_HOSTS names hosts.

Fix: list the hosts in ALLOWED_HOSTS, and build links from a setting.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.source import Module

ID = "BT705"
TITLE = "Reset link trusts the Host header"
CWE = "CWE-640"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_HOSTS = frozenset({"get_host", "build_absolute_uri", "get_current_site"})
_ABOUT = (
    "reset",
    "forgot",
    "forget",
    "recover",
    "recovery",
    "activation",
    "activate",
    "verify",
    "verification",
)


@modules_with(*_HOSTS, "HTTP_HOST", "X-Forwarded-Host")
def check(project: Project, module: Module) -> Iterator[Hit]:
    settings = project.settings_for(module.path)
    if settings is None or "*" not in (settings.names("ALLOWED_HOSTS") or ()):
        return
    for node in [*module.nodes(ast.Call), *module.nodes(ast.Subscript)]:
        if _reads_host(node) and _sends_a_link(module, node):
            yield Hit(
                where=module.place(node),
                message='The link is built from the Host header, and ALLOWED_HOSTS is ["*"].',
                attack="The owner gets a real mail whose link brings the token to the attacker's server.",
                fix='ALLOWED_HOSTS = ["shop.example.com"]\nlink = f"{settings.SITE_URL}{path}"',
            )


def _reads_host(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="get_host" | "build_absolute_uri")):
            return True
        case ast.Subscript(slice=ast.Constant(value="HTTP_HOST" | "Host" | "X-Forwarded-Host")):
            return True
        case _:
            return False


def _sends_a_link(module: Module, node: ast.AST) -> bool:
    names = [scope.name for scope in module.enclosing(node) if not isinstance(scope, ast.Lambda)]
    function = module.function_around(node)
    code = ast.unparse(function).lower() if function else ""
    return any(has_word(name, *_ABOUT) for name in names) and "token" in code and "mail" in code
