"""Logout deletes a cookie, or only says so, and ends nothing.

The browser forgets its copy of the token; every other copy works on until it expires. Logout is a promise
to the user that whoever has the token is out.

Silent when anything in the view ends a login: a denylist, a deleted row, `django.contrib.auth.logout`, a
view of a package that is called or inherited. Where callers come with a token, `django.contrib.auth.logout` ends
nothing: it empties a session that they do not have.

Fix: blacklist the refresh token (or delete the row of the token), then delete the cookie.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act
from django_bearer_audit.project.flow.logins import ENDS
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT605"
TITLE = "Logout ends nothing"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_METHODS = frozenset({"get", "post", "delete"})


_TOKENS = re.compile(r"jwt|jsonwebtoken|(^|\.)TokenAuthentication$", re.I)


def check(project: Project) -> Iterator[Hit]:
    told = set()
    for hit in _by_code(project):
        told.add(hit.where.path + str(hit.where.line_start))
        yield hit
    for endpoint in project.routes.table.endpoints:
        where = endpoint.where
        if where.path + str(where.line_start) not in told and _without_list(project, endpoint):
            told.add(where.path + str(where.line_start))
            yield Hit(
                where=where,
                message=f"{endpoint.told} calls blacklist(), and its app is not installed.",
                attack="The call fails, and a copied refresh token works on after its owner has logged out.",
                fix='INSTALLED_APPS += ["rest_framework_simplejwt.token_blacklist"]',
            )
        if where.path + str(where.line_start) not in told and _leaves_token(project, endpoint):
            told.add(where.path + str(where.line_start))
            yield Hit(
                where=where,
                message=f"{endpoint.told} ends a session, and its callers come with a token.",
                attack="A copied token works on after its owner has logged out.",
                fix='RefreshToken(request.data["refresh"]).blacklist()',
            )


def _without_list(project: Project, endpoint: Endpoint) -> bool:
    """`token.blacklist()`, where the app with the list is not installed: the call fails, and the token lives."""
    settings = project.settings_for(endpoint.where.path)
    simple = project.uses("rest_framework_simplejwt") and settings is not None and settings.whole
    if not simple or settings is None or settings.installed("rest_framework_simplejwt.token_blacklist"):
        return False
    called = (e for e in project.routes.effects_of(endpoint) if e.act is Act.ENDS and e.by.endswith(".blacklist"))
    by_simplejwt = any("simplejwt" in effect.by for effect in called)
    return endpoint.method == "POST" and by_simplejwt


def _leaves_token(project: Project, endpoint: Endpoint) -> bool:
    """The only thing that ends is the session, and no session lets anybody in here."""
    names = endpoint.authentication.names
    if endpoint.purpose is not Purpose.LOGOUT or endpoint.kind is not Kind.REST or not names:
        return False
    ends = [effect for effect in project.routes.effects_of(endpoint) if effect.act is Act.ENDS]
    session_only = bool(ends) and all(each.by.rpartition(".")[2] in {"logout", "alogout", "flush"} for each in ends)
    return session_only and all(_TOKENS.search(name) for name in names)


@modules_with("logout", "Logout", "signout", "log_out", "SignOut", "sign_out")
def _by_code(project: Project, module: Module) -> Iterator[Hit]:
    functions: list[Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for function in functions:
        if _is_logout(module, function) and _answers(function) and not _ends(project, module, function):
            does = "deletes cookies" if "delete_cookie" in ast.unparse(function) else "answers"
            yield Hit(
                where=module.place(function),
                message=f"{function.name} {does} and ends no token.",
                attack="A copied token works on after its owner has logged out.",
                fix="RefreshToken(request.COOKIES['refresh']).blacklist()  # then delete the cookies",
            )


def _is_logout(module: Module, function: Function) -> bool:
    arguments = {argument.arg for argument in function.args.args}
    if "request" not in arguments:
        return False
    if _says_logout(function.name):
        return True
    owner = module.parents.get(function)
    return isinstance(owner, ast.ClassDef) and function.name in _METHODS and _says_logout(owner.name)


def _says_logout(name: str) -> bool:
    words = name.lower().replace("_", "")
    return ("logout" in words or "signout" in words) and not has_word(name, "confirm", "test", "redirect")


def _answers(function: Function) -> bool:
    """Whether the view itself makes the answer; one that hands on to another is not judged."""
    returned = [node.value for node in walk(function) if isinstance(node, ast.Return) and node.value]
    return any(isinstance(value, ast.Call | ast.Name) for value in returned)


class _Blank(ast.NodeTransformer):
    """What is only printed or said ends nothing, whatever its words."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) and " " in node.value else node


def _without_texts(statement: ast.stmt) -> ast.AST:
    copied: ast.AST = _Blank().visit(copy.deepcopy(statement))
    return copied


def _ends(project: Project, module: Module, function: Function, depth: int = 0) -> bool:
    code = "\n".join(ast.unparse(_without_texts(statement)) for statement in function.body)
    if ENDS.search(code) or "super()" in code or "session" in code.lower() or ".save(" in code:
        return True
    for call in (node for node in walk(function) if isinstance(node, ast.Call)):
        called = project.functions.called(module, call) if depth < 2 else None
        if called and isinstance(called.node, Function) and _ends(project, called.module, called.node, depth + 1):
            return True
    return not ("delete_cookie" in code or "Response" in code)
