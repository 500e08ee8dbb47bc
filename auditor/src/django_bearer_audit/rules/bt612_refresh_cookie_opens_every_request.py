"""A refresh token in a cookie is traded for an access token at any request.

Authentication classes and middleware that renew the access token from the refresh cookie make every route an
endpoint for refresh: the short lifetime of the access token protects nothing, rotation and its limits are
passed over, and a request from another site carries the cookie.

Silent in the view that refreshes.

Fix: a refresh endpoint of its own, which the client calls when it gets 401.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with_all
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect, Summary
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT612"
TITLE = "Refresh cookie opens every request"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_EVERYWHERE = frozenset(
    {"authenticate", "__call__", "process_request", "process_view", "process_response", "get_user"}
)


@modules_with_all("COOKIES", "refresh")
def check(project: Project, module: Module) -> Iterator[Hit]:
    functions: list[Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for function in functions:
        if _runs_at_every_request(module, function):
            summary = project.effects.of(module, function)
            opened = next((effect for effect in summary.effects if _opens_refresh(effect)), None)
            if opened is not None and (_mints(summary) or _reads_access(project, opened, module, function)):
                yield Hit(
                    where=opened.where,
                    message=f"{function.name} makes an access token of the refresh cookie.",
                    attack="A stolen refresh cookie opens the whole API until it expires, and is never rotated.",
                    fix='path("token/refresh/", CookieTokenRefreshView.as_view())  # and 401 here',
                )


def _runs_at_every_request(module: Module, function: Function) -> bool:
    """A method of an authentication or a middleware, or the function that a middleware returns."""
    above = module.parents.get(function)
    if isinstance(above, ast.ClassDef):
        return function.name in _EVERYWHERE
    around = getattr(above, "args", None)
    return isinstance(around, ast.arguments) and [each.arg for each in around.args] == ["get_response"]


def _opens_refresh(effect: Effect) -> bool:
    cookies = [source.name for source in sent(effect.value) if source.part == "COOKIES"]
    if effect.act is not Act.OPENS or not cookies:
        return False
    return effect.by.endswith("RefreshToken") or any(has_word(name, "refresh") for name in cookies)


def _mints(summary: Summary) -> bool:
    return any(effect.by.endswith((".encode", ".for_user", ".get_token")) for effect in summary.of(Act.ISSUES))


def _reads_access(project: Project, opened: Effect, module: Module, function: Function) -> bool:
    """`RefreshToken(cookie).access_token`, here or where the cookie is opened."""
    other, line = project.python.module(opened.where.path), opened.where.line_start
    functions = other.nodes(ast.FunctionDef) if other else []
    inner = [each for each in functions if each.lineno <= line <= (each.end_lineno or 0)]
    nodes = (node for each in (function, *inner) for node in walk(each))
    return any(isinstance(node, ast.Attribute) and node.attr == "access_token" for node in nodes)
