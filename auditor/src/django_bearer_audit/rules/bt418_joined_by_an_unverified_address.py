"""An account is joined to a login elsewhere by an address that nobody verified.

The view takes the e-mail address that a provider tells and logs in to the account with that address. Not every
provider has verified it: whoever enters the victim's address there gets the victim's account here.

Silent where `email_verified` (or `verified_email`) is looked at.

Fix: join by the provider's own id (`sub`); by the address only where `email_verified` is true.
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
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.walking import walk

ID = "BT418"
TITLE = "Joined by an unverified address"
CWE = "CWE-287"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.LOW
PERSONA = Persona.REGULAR

_PROVIDER = re.compile(
    r"googleapis\.com|google\.com|graph\.facebook|api\.github|kapi\.kakao|openapi\.naver|microsoft|linkedin|userinfo"
    r"|discord|oauth"
)
_VERIFIED = re.compile(r"verified", re.I)


def check(project: Project) -> Iterator[Hit]:
    for route, where in in_views(project, ID, partial(_found, project)):
        yield Hit(
            where=Place(*where),
            message=f"{route} finds the account by the address that a provider tells, verified or not.",
            attack="Whoever enters the victim's address at the provider logs in as the victim.",
            fix='if not claims.get("email_verified"):\n    raise PermissionDenied',
        )


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    if not any(effect.act is Act.ISSUES for effect in effects):
        return
    asks = any(e.act is Act.CALLS and any(_PROVIDER.search(s.name) for s in e.value.sources) for e in effects)
    if asks and not _looks_at_it(project, endpoint):
        for module, piece in project.routes.code_of(endpoint):
            for call in walk(piece):
                if isinstance(call, ast.Call) and _by_address(call):
                    yield [endpoint.told, written(module.place(call))]
                    return


def _by_address(call: ast.Call) -> bool:
    """`User.objects.get(email=email)`: of users, by the address alone."""
    verb = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    wanted = verb in {"get", "filter", "get_or_create", "aget", "aget_or_create"}
    return wanted and any(k.arg in {"email", "email__iexact"} for k in call.keywords)


def _looks_at_it(project: Project, endpoint: Endpoint) -> bool:
    return any(
        (isinstance(node, ast.Constant) and isinstance(node.value, str) and _VERIFIED.search(node.value))
        or (isinstance(node, ast.Attribute) and _VERIFIED.search(node.attr))
        for _, piece in project.routes.code_of(endpoint)
        for node in walk(piece)
    )
