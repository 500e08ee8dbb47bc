"""An empty list switches the permission checks of a view off.

`permission_classes = []` overrides the default of the project, also a strict one. Where a public view is
meant, AllowAny says so; an empty list is what is left over from a copy or an experiment.

Not reported: views that are public by nature, code that checks its callers itself, views that answer
nothing of the project's own rows, and lists that nobody is named in where the authentication is switched off in
the same breath: they are meant to be public. High when the view changes data, otherwise medium.

Fix: name the permission, or delete the line and inherit the default.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Purpose, Source, Who
from django_bearer_audit.project.routes.people import about_people
from django_bearer_audit.project.routes.public_endpoints import acts, by_view, changes, emptied, touches_rows

ID = "BT804"
TITLE = "Permission checks switched off"
CWE = "CWE-306"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_NUMBERED = re.compile(r"<(int:|uuid:|\w*:?\w*(id|pk|uuid|number|no|code|slug|key)>)", re.I)
"""One row is named in the address."""


def check(project: Project) -> Iterator[Hit]:
    chosen = [
        endpoint
        for endpoint in project.routes.table.endpoints
        if endpoint.who is Who.EVERYBODY
        and emptied(endpoint)
        and endpoint.purpose is Purpose.OTHER
        and (touches_rows(project.routes, endpoint) or acts(project.routes, endpoint))
    ]
    for group in by_view(chosen):
        if not all(_is_public_list(project, endpoint) for endpoint in group):
            yield _hit(project, group)


def _is_public_list(project: Project, endpoint: Endpoint) -> bool:
    """Reads, names no row in its address, asks for no table about people, and takes no credentials either."""
    handler = endpoint.handler
    meant = endpoint.authentication.names == () and endpoint.authentication.source is Source.VIEW
    if not meant or handler is None or not _reads(project, endpoint):
        return False
    if isinstance(handler.node, ast.ClassDef):
        found = project.classes.attribute(handler.owner, "queryset") if handler.owner else None
        return found is not None and about_people(found.value) is None
    code = [piece for _, piece in project.routes.code_of(endpoint)]
    return not acts(project.routes, endpoint) and not any(map(about_people, code))


def _reads(project: Project, endpoint: Endpoint) -> bool:
    """A GET without a row in its address, or code of its own that changes nothing, by whatever method."""
    if endpoint.safe and "<" not in endpoint.path:
        return True
    own = endpoint.handler is not None and not endpoint.handler.is_class
    return own and not _NUMBERED.search(endpoint.path) and not changes(project.routes, endpoint)


def _hit(project: Project, group: list[Endpoint]) -> Hit:
    first = group[0]
    reached = ", ".join(dict.fromkeys(e.told for e in group))
    return Hit(
        where=_place(first),
        message=f"permission_classes is empty, so everybody may call {reached}.",
        attack="Whoever finds the address is served, without an account.",
        fix="permission_classes = [IsAuthenticated]",
        severity=Severity.HIGH
        if any(changes(project.routes, e) or acts(project.routes, e) for e in group)
        else Severity.MEDIUM,
    )


def _place(endpoint: Endpoint) -> Place:
    return endpoint.permission.where or endpoint.where
