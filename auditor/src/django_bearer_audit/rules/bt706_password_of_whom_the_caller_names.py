"""The caller says whose password is changed.

The account is looked up by an id, a name or an address from the request and gets the password from the
same request. Nothing shows that it is the caller's own: no old password, no token that was mailed, no
check of a role.

Silent when the function or its decorators check anything of that kind.

Fix: `request.user` for a change, with the old password; a token from `default_token_generator` for a
reset.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent, tried
from django_bearer_audit.project.effects.value import Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.logins import PROOF, code_around, named_by_caller
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.checks import has_secret_in_path
from django_bearer_audit.project.routes.facts import Endpoint, Who
from django_bearer_audit.project.source import Module

ID = "BT706"
TITLE = "Caller names the account"
CWE = "CWE-620"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ROLES = ("admin", "staff", "superuser", "perm", "has_", "role", "token", "session", "hash", "old_password")


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for module in project.python.with_words("set_password("):
        for hit in _by_calls(project, module):
            told.add(hit.where)
            yield hit
    for route, where in in_views(project, ID, partial(_of_anybody, project), safe=False):
        place = Place(*where)
        if not any(each.path == place.path and each.line_start == place.line_start for each in told):
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} sets the password of the account that its address names.",
                attack="An attacker counts the numbers of accounts up and sets a password of his own for each.",
                fix="if not request.user.check_password(old):\n    raise PermissionDenied",
            )


def _of_anybody(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """An action of a generic view: `self.get_object().set_password(…)`, and nobody is asked for anything."""
    if endpoint.who not in {Who.EVERYBODY, Who.USER} or has_secret_in_path(endpoint.path) or "<" not in endpoint.path:
        return
    if any(word in name.rpartition(".")[2].lower() for name in endpoint.permission.names or () for word in _ROLES):
        return
    for effect in effects:
        if tried(effect) is not None or effect.act in {Act.CHECKS, Act.OPENS, Act.ASKS}:
            return
        rows = effect.other.what
        named = (
            isinstance(rows, Rows) and rows.one and not rows.new and not rows.caller and rows.model in {"", "User"}
        )
        if effect.act is Act.SETS and effect.by == "set_password" and sent(effect.value) and named:
            code = "\n".join(ast.unparse(piece) for _, piece in project.routes.code_of(endpoint)).lower()
            if "get_object()" in code and not any(word in code for word in _ROLES):
                yield [endpoint.told, written(effect.where)]
                return


def _by_calls(project: Project, module: Module) -> Iterator[Hit]:
    for call in module.nodes(ast.Call):
        match call:
            case ast.Call(func=ast.Attribute(value=account, attr="set_password"), args=[password, *_]):
                function = module.function_around(call)
                if function is None or has_word(function.name, "register", "signup", "create"):
                    continue
                code = code_around(module, call, function)
                if PROOF.search(code) or any(word in code.lower() for word in _ROLES):
                    continue
                query = named_by_caller(project.functions, module, account)
                if query is not None and sent_by_caller(project.functions, module, password):
                    yield Hit(
                        where=module.place(call),
                        message=f"The account comes from `{ast.unparse(query)[:80]}` and nothing else.",
                        attack="An attacker sends the victim's address with a password of his own.",
                        fix="if not request.user.check_password(old):\n    raise PermissionDenied",
                        related=(module.place(query),),
                    )
            case _:
                pass
