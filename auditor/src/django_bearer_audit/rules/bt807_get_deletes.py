"""A GET deletes.

Links, images, prefetching browsers and crawlers send GET, and Django asks no CSRF token for it. A row that
a GET deletes is deleted by whoever makes the victim's browser load an address.

Shown to the pedantic persona.

Fix: POST or DELETE.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.effects import writes
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Spot
from django_bearer_audit.project.walking import walk

ID = "BT807"
TITLE = "GET deletes"
CWE = "CWE-352"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.PEDANTIC


def check(project: Project) -> Iterator[Hit]:
    seen: set[Spot] = set()
    for endpoint in project.routes.table.endpoints:
        handler = endpoint.handler if endpoint.method == "GET" else None
        if handler is None or handler.is_class or handler.code in seen:
            continue
        seen.add(handler.code)
        if project.routes.says(endpoint, ID, _deletes):
            yield Hit(
                where=endpoint.where,
                message=f"GET /{endpoint.path} deletes rows.",
                attack="An image tag on any page makes the victim's browser delete them.",
                fix='@require_POST  # or @api_view(["DELETE"]), or a method named delete()',
            )


def _deletes(endpoint: Endpoint) -> bool:
    """One that also answers other methods and tells them apart is left alone."""
    code = endpoint.handler.node if endpoint.handler else ast.Pass()
    if any(isinstance(each, ast.Attribute) and each.attr == "method" for each in walk(code)):
        return False
    return any(isinstance(c.func, ast.Attribute) and c.func.attr in {"delete", "adelete"} for c in writes(code))
