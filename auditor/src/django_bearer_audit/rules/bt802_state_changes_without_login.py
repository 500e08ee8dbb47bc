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

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes.facts import Kind
from django_bearer_audit.project.routes.public_endpoints import OpenView, open_writes, uses_caller

ID = "BT802"
TITLE = "Anybody changes data"
CWE = "CWE-306"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_ACCOUNTS = re.compile(r"(\w+\.)*(\w*User|Account|Group|Role|Permission)\.objects\b")
_MANY = 3
"""So many views with a permission class that lets everybody in have one cause, the class."""
_FIXES = {
    Kind.REST: "permission_classes = [IsAuthenticated]\n"
    "# on a function, below @api_view: @permission_classes([IsAuthenticated])",
    Kind.NINJA: "api = NinjaAPI(auth=...)  # or auth=... at the operation",
}
_FIX = "@login_required  # or LoginRequiredMixin; for tokens @bearer_required"


def check(project: Project) -> Iterator[Hit]:
    views = list(open_writes(project.routes))
    causes: dict[str, list[OpenView]] = {}
    for view in views:
        cause = _always_yes(project, view)
        if cause is not None:
            causes.setdefault(cause.name, []).append(view)
    shared = [of_it for of_it in causes.values() if len(of_it) >= _MANY]
    together = {id(view) for of_it in shared for view in of_it}
    for view in views:
        if id(view) not in together or _about_accounts(project, view):
            yield _hit(project, view)
    for of_it in shared:
        cause = _always_yes(project, of_it[0])
        if cause is not None:
            yield _of_permission(project, cause, of_it)


def _always_yes(project: Project, view: OpenView) -> Definition | None:
    """The permission class of the project that is the only one asked, and that lets everybody in."""
    names = view.first.permission.names or ()
    if len(names) != 1 or view.first.kind is not Kind.REST:
        return None
    found = project.imports.definition(names[0], view.first.where.path)
    return found if found is not None and isinstance(found.node, ast.ClassDef) else None


def _about_accounts(project: Project, view: OpenView) -> bool:
    """What is told beside the cause: accounts, roles and permissions, open to everybody."""
    owner = view.first.handler.owner if view.first.handler is not None else None
    found = project.classes.attribute(owner, "queryset") if owner is not None else None
    if found is not None:
        return bool(_ACCOUNTS.match(ast.unparse(found.value)))
    return has_word(view.name, "users", "accounts", "group", "groups", "role", "roles", "permission", "permissions")


def _of_permission(project: Project, cause: Definition, views: list[OpenView]) -> Hit:
    method = project.classes.method(cause, "has_permission")
    where = method.module.place(method.node) if method is not None else cause.module.place(cause.node)
    routed = any(view.routed for view in views)
    return Hit(
        where=where,
        message=f"{cause.node.name} lets everybody in, and {len(views)} view{'s' * (len(views) != 1)} that change "
        f"data ask nothing else.",
        attack="Anybody who finds the addresses creates, overwrites or deletes these rows.",
        fix="def has_permission(self, request, view):\n    return request.user.is_authenticated",
        related=tuple(dict.fromkeys(view.where for view in views)),
        severity=None if routed else Severity.LOW,
    )


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
