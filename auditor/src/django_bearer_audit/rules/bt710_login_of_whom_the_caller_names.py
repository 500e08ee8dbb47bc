"""A login is handed to whoever names an account.

The user is looked up by an id, a name or an address from the request and gets a token or a session, without a
password, a code, or the word of another service.

Silent when the function checks anything that could prove who asks, and right after the account was created.

Fix: `user = authenticate(request, username=…, password=…)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import of_known_account, sent, tried
from django_bearer_audit.project.effects.value import Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.logins import PROOF, code_around, issued, named_by_caller
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.checks import has_secret_in_path
from django_bearer_audit.project.routes.facts import Endpoint, Who
from django_bearer_audit.project.source import Module

ID = "BT710"
TITLE = "Login without proof"
CWE = "CWE-287"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_BODY = frozenset({"POST", "data", "body", "GET", "query_params"})
_PROOFS = frozenset({Act.CHECKS, Act.OPENS, Act.CALLS, Act.ASKS})
_OTHER = (
    "is_valid(",
    "password",
    "token =",
    "request.user",
    "is_staff",
    "is_superuser",
    "impersonat",
    "is_admin",
)


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for module in project.python.with_words("for_user(", "login(", "Token.objects", "AuthToken"):
        for hit in _by_calls(project, module):
            told.add(hit.where)
            yield hit
    for route, where, there in in_views(project, ID, _unproved, safe=False):
        place, issued_at = Place(*where), Place(*there)
        if place not in told and issued_at not in told:
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} logs in whom the request names, and nothing is proved.",
                attack="An attacker names the victim's account and is logged in.",
                fix="user = authenticate(request, username=username, password=password)",
                related=(issued_at,),
            )


def _unproved(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """The account is found by what was sent in the open, and gets a login; nothing secret or signed is asked."""
    if endpoint.who is not Who.EVERYBODY or has_secret_in_path(endpoint.path):
        return
    if any(effect.act in _PROOFS or tried(effect) is not None for effect in effects):
        return
    if any(effect.act is Act.SETS and of_known_account(effect) for effect in effects):
        return
    for effect in effects:
        rows = effect.other.what
        named = isinstance(rows, Rows) and rows.one and not rows.new and not rows.caller
        by = sent(effect.other)
        plain = bool(by) and all(_names_an_account(s.name) and s.part in _BODY for s in by) and not effect.other.done
        if effect.act is Act.ISSUES and effect.name in {"token", "session", "row"} and named and plain:
            last = _last_line(endpoint)
            where = Place(endpoint.where.path, endpoint.where.line_start, max(last, endpoint.where.line_end))
            yield [endpoint.told, written(where), written(effect.where)]
            return


def _names_an_account(name: str) -> bool:
    return has_word(name, "email", "mail", "username", "user", "id", "uid", "pk", "phone", "mobile", "login")


def _last_line(endpoint: Endpoint) -> int:
    own = endpoint.handler is not None and endpoint.handler.code.path == endpoint.where.path
    return getattr(endpoint.handler.node, "end_lineno", None) or 0 if own and endpoint.handler is not None else 0


def _by_calls(project: Project, module: Module) -> Iterator[Hit]:
    for function in module.nodes(ast.FunctionDef):
        for call, user in issued(project.imports, module, function):
            query = named_by_caller(project.functions, module, user)
            if query is None:
                continue
            code = code_around(module, call, function)
            if not PROOF.search(code) and not any(word in code for word in _OTHER):
                yield Hit(
                    where=module.place(call),
                    message=f"The user comes from `{ast.unparse(query)[:80]}`, and nothing is proved.",
                    attack="An attacker names the victim's account and is logged in.",
                    fix="user = authenticate(request, username=username, password=password)",
                    related=(module.place(query),),
                )
