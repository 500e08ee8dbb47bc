"""A view for users who are logged in by cookie does not check for forged requests.

csrf_exempt is right for views that prove their caller by a token, a signature or a secret. Here the session
cookie is the proof, the browser sends it with every request, also with one that another site makes.

Not reported: REST framework views (their session authentication checks by itself), views whose own code
asks for a token or signature, views that change nothing.

Fix: drop csrf_exempt, send the token with the request.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.cookie_logins import by_session
from django_bearer_audit.project.routes.effects import writes
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose, Source, Who
from django_bearer_audit.project.routes.public_endpoints import by_view

ID = "BT805"
TITLE = "Session view without CSRF check"
CWE = "CWE-352"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    chosen = [e for e in project.routes.table.endpoints if _is_exempt(e) and _writes(project, e)]
    for group in by_view(chosen):
        first = group[0]
        yield Hit(
            where=first.csrf.where or first.where,
            message=f"csrf_exempt on {first.view.rpartition('.')[2]} ({first.method} /{first.path}), "
            f"which lets in {first.who.value}: {first.permission}.",
            attack="A page the victim visits sends this request, and the victim's cookie goes with it.",
            fix="# drop @csrf_exempt; send the csrftoken cookie's value as the X-CSRFToken header",
            related=(first.where,),
        )


def _is_exempt(endpoint: Endpoint) -> bool:
    return (
        endpoint.kind is Kind.DJANGO
        and not endpoint.safe
        and endpoint.who in {Who.USER, Who.CHECKED}
        and endpoint.purpose is not Purpose.PUBLIC
        and endpoint.csrf.names == ()
        and endpoint.csrf.source is Source.VIEW
    )


def _writes(project: Project, endpoint: Endpoint) -> bool:
    if endpoint.who is Who.CHECKED and not project.routes.says(endpoint, ID, partial(by_session, project)):
        return False
    return any(True for _, piece in project.routes.code_of(endpoint) for _ in writes(piece))
