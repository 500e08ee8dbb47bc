"""No view of the site is checked for forged requests.

CsrfViewMiddleware is not in MIDDLEWARE, and users are logged in by a session cookie. The browser sends that cookie
with every request, also with one that another site makes.

Not reported where the settings may name the middleware elsewhere, and where no view of the site's own changes
anything for users who are logged in.

Fix: put `django.middleware.csrf.CsrfViewMiddleware` back into MIDDLEWARE.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose, Source, Who

ID = "BT817"
TITLE = "No check against forged requests"
CWE = "CWE-352"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for endpoint in project.routes.table.endpoints:
        where = endpoint.csrf.where
        if where is not None and where not in told and _is_unchecked(endpoint):
            told.add(where)
            yield Hit(
                where=where,
                message=f"MIDDLEWARE has no CsrfViewMiddleware, and /{endpoint.path} lets in users by their session.",
                attack="A page the victim visits sends the request, and the victim's cookie goes with it.",
                fix='MIDDLEWARE = [..., "django.middleware.csrf.CsrfViewMiddleware", ...]',
                related=(endpoint.where,),
            )


def _is_unchecked(endpoint: Endpoint) -> bool:
    by_session = endpoint.kind is Kind.DJANGO and endpoint.who in {Who.USER, Who.CHECKED}
    unchecked = endpoint.csrf.names == () and endpoint.csrf.source is Source.MIDDLEWARE
    return by_session and unchecked and not endpoint.safe and endpoint.purpose in {Purpose.OTHER, Purpose.RESET}
