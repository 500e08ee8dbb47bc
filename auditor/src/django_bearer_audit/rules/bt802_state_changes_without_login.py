"""Anybody changes data: a view that writes asks nobody who they are.

The view creates, changes or deletes rows and neither the view, nor a base class, a decorator, the settings,
a middleware or its own code asks for a login. REST framework's own default lets everybody in, so this
happens by forgetting one line as easily as by writing AllowAny.

Not reported: views that are public by nature (login, sign-up, password reset, webhooks, health, contact
forms, callbacks), links that carry their own secret, code that checks a signature, header, token or
session, and anything whose permissions cannot be known here. A view that reads `request.user` mostly fails
for anonymous callers by accident: medium instead of high. A view no route leads to is low.

Fix: ask for a login at the view, or close the default and open the few public views.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Kind
from django_bearer_audit.project.routes.public_endpoints import OpenView, open_writes, uses_caller

ID = "BT802"
TITLE = "Anybody changes data"
CWE = "CWE-306"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FIXES = {
    Kind.REST: "permission_classes = [IsAuthenticated]\n"
    "# on a function, below @api_view: @permission_classes([IsAuthenticated])",
    Kind.NINJA: "api = NinjaAPI(auth=...)  # or auth=... at the operation",
}
_FIX = "@login_required  # or LoginRequiredMixin; for tokens @bearer_required"


def check(project: Project) -> Iterator[Hit]:
    for view in open_writes(project.routes):
        yield _hit(project, view)


def _hit(project: Project, view: OpenView) -> Hit:
    first = view.first
    return Hit(
        where=view.where,
        message=f"{view.name} changes data for everybody: {view.told()}. Permission: {first.permission}.",
        attack="Anybody who finds the address creates, overwrites or deletes these rows.",
        fix=_FIXES.get(first.kind, _FIX),
        related=tuple(dict.fromkeys(e.where for e in view.endpoints if e.where != view.where)),
        severity=_severity(project, view),
        confidence=Confidence.MEDIUM if first.kind is Kind.DJANGO else None,
    )


def _severity(project: Project, view: OpenView) -> Severity:
    if not view.routed:
        return Severity.LOW
    accidental = all(uses_caller(project.routes, endpoint) for endpoint in view.endpoints)
    return Severity.MEDIUM if accidental else Severity.HIGH
