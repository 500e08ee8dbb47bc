"""REST framework lets everybody in unless a view says otherwise.

The default of DEFAULT_PERMISSION_CLASSES is AllowAny. Every view that forgets its permissions is then open,
and nothing tells it from one that is meant to be. One finding for the default, with the routes that live on
it. Views that change data have a finding of their own (BT802) and are only counted here.

When every view names its own permissions, checks its callers itself or is public by nature, the default is
a trap for the next one only: shown to the pedantic persona. Low when the views that rely on it touch
no rows or have no route.

Fix: IsAuthenticated as the default, AllowAny written at the few public views.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose, Source, Who
from django_bearer_audit.project.routes.public_endpoints import changes, open_writes, touches_rows
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Value, never_set, show

ID = "BT801"
TITLE = "Open by default"
CWE = "CWE-306"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_ALLOW_ANY = "rest_framework.permissions.AllowAny"
_FIX = """REST_FRAMEWORK = {
    ...,
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}"""
_MAX_LISTED = 10


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        if not settings.whole or not project.uses("rest_framework"):
            continue
        value = settings.get("REST_FRAMEWORK", "DEFAULT_PERMISSION_CLASSES")
        if never_set(value) and settings.installed("rest_framework"):
            yield _hit(project, settings, _place(settings), "not set, so it is AllowAny")
        elif settings.names("REST_FRAMEWORK", "DEFAULT_PERMISSION_CLASSES") in ((), (_ALLOW_ANY,)):
            yield _hit(project, settings, value.where, show(value))


def _place(settings: Settings) -> Place:
    table: Value = settings.get("REST_FRAMEWORK")
    return settings.missing("REST_FRAMEWORK") if never_set(table) else table.where


def _hit(project: Project, settings: Settings, where: Place, told: str) -> Hit:
    found = _living_on_the_default(project, settings)
    alone = [set(view.endpoints) for view in open_writes(project.routes)]
    views = sum(not view.isdisjoint(found) for view in alone)
    listed = [e for e in found if not any(e in view for view in alone)]
    apart = (
        [f"{views} view{'s' * (views != 1)} with a finding of {'their' if views != 1 else 'its'} own"]
        if views
        else []
    )
    routes = list(dict.fromkeys(f"{e.method} /{e.path.lstrip('/')}" if e.path != "?" else e.view for e in listed))
    rest = f" and {len(routes) - _MAX_LISTED} more" if len(routes) > _MAX_LISTED else ""
    named = [", ".join(routes[:_MAX_LISTED]) + rest] if routes else []
    return Hit(
        where=where,
        message=f"DEFAULT_PERMISSION_CLASSES is {told}. "
        + (f"Open because of it: {' and '.join([*named, *apart])}." if found else "No view relies on it today."),
        attack="Whoever finds the address of such a view reads and writes without logging in.",
        fix=_FIX,
        related=tuple(dict.fromkeys(endpoint.where for endpoint in listed)),
        severity=None if any(_matters(project, endpoint) for endpoint in found) else Severity.LOW,
        persona=None if found else Persona.PEDANTIC,
    )


def _matters(project: Project, endpoint: Endpoint) -> bool:
    if endpoint.path == "?" and any(e.path != "?" for e in project.routes.table.endpoints):
        return False  # nothing leads to it
    return changes(project.routes, endpoint) or touches_rows(project.routes, endpoint)


def _living_on_the_default(project: Project, settings: Settings) -> list[Endpoint]:
    """Endpoints that nothing but the default decides about, without those that are public by nature."""
    return [
        endpoint
        for endpoint in project.routes.table.endpoints
        if endpoint.kind is Kind.REST
        and endpoint.who is Who.EVERYBODY
        and endpoint.purpose is Purpose.OTHER
        and endpoint.permission.source in {Source.FRAMEWORK, Source.SETTINGS}
        and project.settings_for(endpoint.where.path) is settings
    ]
