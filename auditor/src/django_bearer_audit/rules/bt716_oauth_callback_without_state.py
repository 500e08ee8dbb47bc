"""A callback of OAuth trades the code without looking at `state`.

The code in the callback's address says who logged in at the provider, not who began the login here. Without
`state` an attacker sends a victim a link with a code of his own: the victim is logged in to the attacker's
account, or connects it to their own.

An API that takes the code out of a body trades it as well; there the front end may look at `state`, and the finding
is low.

Silent where the function, or one that it calls, reads `state` or `code_verifier` and something that the browser of
the user keeps, such as the session. It is silent where a library does the exchange, too.

Fix: keep a random `state` in the session, and compare it before the code is traded.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects.value import Kind
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.walking import walk

ID = "BT716"
TITLE = "OAuth callback without state"
CWE = "CWE-352"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ADDRESS = frozenset({"GET", "query_params"})
_BODY = frozenset({"POST", "data", "body", "json", "validated_data", "cleaned_data"})
_CHECKED = frozenset({"state", "verifier"})
_KEPT = frozenset({"session", "COOKIES", "user"})
_LIBRARY = re.compile(r"valid|verif|check|state", re.I)


def check(project: Project) -> Iterator[Hit]:
    for route, where, body in in_views(project, ID, partial(_found, project)):
        yield Hit(
            severity=Severity.LOW if body else None,
            where=Place(*where),
            message=f"{route} trades the provider's code and holds no state against what this browser keeps.",
            attack="A victim follows a link with a code of the attacker's account, and is logged in to it.",
            fix='if request.GET.get("state") != request.session.pop("state", None):\n    raise PermissionDenied',
        )


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    at_callback = endpoint.method in {"GET", "ANY"}
    traded = next((e for e in effects if _trades_code(e, _ADDRESS)), None) if at_callback else None
    told = traded or next((effect for effect in effects if _trades_code(effect, _BODY) and _is_oauth(effect)), None)
    if told is not None and not _is_bound(project, endpoint, effects):
        yield [endpoint.told, written(told.where), traded is None]


def _trades_code(effect: Effect, parts: frozenset[str]) -> bool:
    """A request to another service carries the `code` that was sent."""
    return effect.act is Act.CALLS and any(s.name == "code" and s.part in parts for s in sent(effect.value))


def _is_oauth(effect: Effect) -> bool:
    """It goes to the token endpoint of a provider, as far as it says so: a code may be one for anything."""
    texts = {source.name for source in effect.value.of(Kind.CONSTANT)}
    return any("authorization_code" in text or "grant_type" in text for text in texts)


def _is_bound(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> bool:
    """`state` is read, and something that only this browser has stands beside it; a signed one is left alone."""
    opened = any(e.act is Act.OPENS and any(s.name == "state" for s in sent(e.value)) for e in effects)
    code = [piece for _, piece in project.routes.code_of(endpoint)]
    kept = any(
        isinstance(node, ast.Attribute) and (node.attr in _KEPT or "cookie" in node.attr.lower())
        for piece in code
        for node in walk(piece)
    )
    return _reads_state(project, endpoint) and (opened or kept or _by_class(code))


def _by_class(code: list[Any]) -> bool:
    """A class of the project or of a library may look at it in a method that is not followed."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _LIBRARY.search(node.func.attr)
        for piece in code
        for node in walk(piece)
    )


def _reads_state(project: Project, endpoint: Endpoint) -> bool:
    return any(
        (isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHECKED & {*node.value.split("_")})
        or (isinstance(node, ast.Attribute) and _CHECKED & {*node.attr.split("_")})
        for _, piece in project.routes.code_of(endpoint)
        for node in walk(piece)
    )
