"""The token that a login hands out never ends.

The token of `rest_framework.authtoken` is one row for each user, without an expiry, the same at every
login. Unless something deletes the row, one that was copied works until the account is gone.

A signal or a sign-up that makes the token of each account counts like a login, where the API accepts such tokens.

Silent when any code deletes such tokens or compares their age, and in projects that only make them in the
admin.

Fix: delete the token at logout and with the password; or tokens with an expiry (knox, simplejwt).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import Secret, tried
from django_bearer_audit.project.effects.value import Kind
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import is_made_up, is_secret
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module

ID = "BT610"
TITLE = "Login token never ends"
CWE = "CWE-613"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_BY_HAND = ("management", "migrations", "tests")
_MODEL = "rest_framework.authtoken.models.Token"


def check(project: Project) -> Iterator[Hit]:
    yield from _same_for_ever(project)
    made = next(_made_at_login(project), None)
    anywhere = made or next(_made_for_accounts(project), None)
    if anywhere is not None and not _ended_somewhere(project):
        who = "The login hands out" if made else "Each account gets"
        yield Hit(
            where=anywhere,
            message=f"{who} the token of rest_framework.authtoken, and nothing ever ends it.",
            attack="A token copied once works until the account is deleted.",
            fix="request.user.auth_token.delete()  # at logout and when the password changes",
        )


def _same_for_ever(project: Project) -> Iterator[Hit]:
    """A login answers with the secret of a row, and nothing of the tree writes that column again."""
    for table, column, where in in_views(project, ID, _handed_out, safe=False):
        if not _written(project, column):
            yield Hit(
                where=Place(*where),
                message=f"The login hands out {table}.{column}, which is the same every time.",
                attack="A token copied once works until the account is deleted.",
                fix="user.token = secrets.token_urlsafe(32)  # anew at every login, and empty at logout",
                severity=Severity.MEDIUM,
            )


def _handed_out(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    if not any(tried(effect) is Secret.PASSWORD for effect in effects):
        return
    for effect in effects:
        kept = [s for s in effect.value.of(Kind.STORED) if is_secret(s.name) and s.part not in {"", "session"}]
        made = effect.value.of(Kind.CHANCE, Kind.WEAK) or effect.value.done
        if effect.act is Act.RETURNS and kept and not made and kept[0].name != "auth_token":
            yield [kept[0].part, kept[0].name, written(effect.where)]


def _written(project: Project, column: str) -> bool:
    """Whether an attribute of that name is set anywhere, or given to an update."""
    return any(project.from_modules(f"{ID} {column}", ("any", column), partial(_writes, column)))


def _writes(column: str, module: Module) -> Iterator[bool]:
    for assign in module.nodes(ast.Assign):
        if any(isinstance(target, ast.Attribute) and target.attr == column for target in assign.targets):
            yield True
    for call in module.nodes(ast.Call):
        named = any(keyword.arg == column for keyword in call.keywords)
        if named and getattr(call.func, "attr", "") in {"update", "aupdate"}:
            yield True


def _made_at_login(project: Project) -> Iterator[Place]:
    for module, call in project.calls(f"{_MODEL}.objects.get_or_create", f"{_MODEL}.objects.create"):
        function = module.function_around(call)
        code = ast.unparse(function) if isinstance(function, Function) else ""
        if "authenticate(" in code or "check_password" in code or "is_valid(" in code:
            yield module.place(call)


def _made_for_accounts(project: Project) -> Iterator[Place]:
    """A signal, a sign-up or a manager makes the token of each account, and the API accepts it."""
    if not any(True for _ in project.python.with_words("TokenAuthentication")):
        return
    for module, call in project.calls(f"{_MODEL}.objects.get_or_create", f"{_MODEL}.objects.create"):
        by_hand = is_made_up(module.path) or any(f"/{each}/" in f"/{module.path}" for each in _BY_HAND)
        given = next((k.value for k in call.keywords if k.arg == "user"), None)
        asked = isinstance(given, ast.Attribute) and "request.user" in ast.unparse(given)
        if not by_hand and not asked and module.function_around(call) is not None:
            yield module.place(call)


def _ended_somewhere(project: Project) -> bool:
    return any(project.from_modules(f"{ID} ends", ("any", "authtoken", "auth_token", "auth"), _ends)) or any(
        project.from_modules(f"{ID} dates", ("any", "authtoken"), _dates)
    )


def _ends(module: Module) -> Iterator[bool]:
    for call in module.nodes(ast.Call):
        code = ast.unparse(call.func).lower() if getattr(call.func, "attr", "") == "delete" else ""
        if (code.endswith(".delete") and "token" in code) or code == "request.auth.delete":
            yield True


def _dates(module: Module) -> Iterator[bool]:
    if ".created" in module.text and "timedelta" in module.text:
        yield True
