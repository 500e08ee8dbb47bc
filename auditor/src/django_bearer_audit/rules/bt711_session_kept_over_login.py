"""The session keeps its key over a login.

A view that logs in by writing the user into `request.session` keeps the key that the browser had before.
Whoever planted that key is logged in, too. Django's `login()` changes it.

Silent when the view calls `login`, `cycle_key` or `flush`, and where the login waits for a second factor.

Fix: `django.contrib.auth.login(request, user)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.knowledge import LOGINS
from django_bearer_audit.project.effects.meaning import Secret, tried
from django_bearer_audit.project.effects.value import Kind, Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word, vocabulary
from django_bearer_audit.project.routes.facts import Endpoint, Who
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT711"
TITLE = "Session kept over login"
CWE = "CWE-384"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_KEYS = vocabulary("user user_id userid uid username account account_id member_id is_login logged_in is_logged_in")
_ENDS = ("cycle_key", "flush(", "login(", "otp", "mfa", "two_factor", "2fa", "second_factor")


def check(project: Project) -> Iterator[Hit]:
    told: set[tuple[str, int]] = set()
    for hit in _by_name(project):
        told.add((hit.where.path, hit.where.line_start))
        yield hit
    for where in in_views(project, ID, partial(_found, project), safe=False):
        if (where[0], where[1]) not in told:
            told.add((where[0], where[1]))
            yield _hit(Place(*where))


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A password is tried, and who it is goes into the session under any key."""
    if endpoint.who is Who.USER or any(effect.act is Act.ENDS for effect in effects):
        return
    if not any(tried(effect) is Secret.PASSWORD for effect in effects):
        return
    issued = [effect for effect in effects if effect.act is Act.ISSUES]
    by_hand = next((effect for effect in issued if effect.by == "session" and _says_who(effect)), None)
    if by_hand is None or any(effect.by in LOGINS for effect in issued):
        return
    code = "\n".join(ast.unparse(piece) for _, piece in project.routes.code_of(endpoint))
    if not any(word in code for word in _ENDS):
        yield written(by_hand.where)


def _says_who(effect: Effect) -> bool:
    """The key of an account, or the account itself."""
    key = any(s.kind is Kind.KNOWN and s.name in {"id", "pk", "username", "email"} for s in effect.value.sources)
    return key or (isinstance(effect.value.what, Rows) and effect.value.what.model == "User")


@modules_with("request.session[")
def _by_name(project: Project, module: Module) -> Iterator[Hit]:
    for function in module.nodes(ast.FunctionDef):
        if not has_word(function.name, "login", "signin", "authenticate", "post"):
            continue
        write = next((node for node in walk(function) if _writes_the_user(node)), None)
        body = "\n".join(ast.unparse(statement) for statement in function.body)
        if write is not None and "password" in body and not any(word in body for word in _ENDS):
            yield _hit(module.place(write))


def _hit(where: Place) -> Hit:
    return Hit(
        where=where,
        message="The user is written into a session whose key stays the same.",
        attack="An attacker who planted the key in the browser is logged in as the victim.",
        fix="django.contrib.auth.login(request, user)  # or request.session.cycle_key()",
    )


def _writes_the_user(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id="request"), attr="session"),
            slice=ast.Constant(value=str(key)),
            ctx=ast.Store(),
        ):
            return key.lower() in _KEYS
        case _:
            return False
