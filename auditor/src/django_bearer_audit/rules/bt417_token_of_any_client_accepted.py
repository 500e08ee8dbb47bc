"""A token that a provider gave to any application logs in here.

The caller sends an access token of Google, Facebook or another provider; the view asks the provider whose it is,
and logs that person in. The provider answers for a token of every application: whoever runs a website at which
the victim has logged in with the provider has such a token, and logs in here as the victim.

Silent where the audience is looked at (`aud`, `azp`, `app_id`, `debug_token`, `tokeninfo`), and where the token
comes from an exchange of a code that the project did itself.

Fix: take an ID token and check its `aud`, or ask `tokeninfo` and compare the client id.
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
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.walking import walk

ID = "BT417"
TITLE = "Token of any client accepted"
CWE = "CWE-287"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ABOUT_A_USER = re.compile(
    r"userinfo|graph\.facebook\.com|api\.github\.com/user|kapi\.kakao\.com|openapi\.naver\.com|/oauth2/v\d|/me\b"
    r"|people/me|api\.linkedin\.com"
)
_AUDIENCE = re.compile(r"\b(aud|azp|audience|app_id|debug_token|tokeninfo|issued_to|client_id)\b", re.I)


def check(project: Project) -> Iterator[Hit]:
    for route, where in in_views(project, ID, partial(_found, project)):
        yield Hit(
            where=Place(*where),
            message=f"{route} asks the provider whose token it is, and not for whom it was made.",
            attack="A website at which the victim once logged in uses the victim's token here.",
            fix="claims = id_token.verify_oauth2_token(token, Request(), settings.GOOGLE_CLIENT_ID)",
        )


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    if not any(effect.act is Act.ISSUES for effect in effects):
        return
    asked = next((effect for effect in effects if _asks_provider(effect)), None)
    if asked is not None and not _looks_at_audience(project, endpoint):
        yield [endpoint.told, written(asked.where)]


def _asks_provider(effect: Effect) -> bool:
    """A request to the provider carries a token of the caller."""
    if effect.act is not Act.CALLS:
        return False
    token = any(has_word(s.name, "token", "access", "accesstoken") for s in sent(effect.value))
    return token and any(_ABOUT_A_USER.search(s.name) for s in effect.value.of(Kind.CONSTANT))


def _looks_at_audience(project: Project, endpoint: Endpoint) -> bool:
    return any(
        (isinstance(node, ast.Constant) and isinstance(node.value, str) and _AUDIENCE.search(node.value))
        or (isinstance(node, ast.keyword) and node.arg and _AUDIENCE.fullmatch(node.arg))
        for _, piece in project.routes.code_of(endpoint)
        for node in walk(piece)
    )
