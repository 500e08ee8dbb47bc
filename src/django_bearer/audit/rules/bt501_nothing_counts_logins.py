"""REST framework counts nothing: the login, refresh and reset endpoints have no throttle.

Without DEFAULT_THROTTLE_CLASSES and without throttles at the views, passwords, codes and refresh tokens can
be tried as fast as the server answers. One finding for the settings, with the routes that are open to it.

Not reported: views with a throttle of their own, django-ratelimit or a count in their code, django-axes or
django-defender for logins, a rate limit in middleware or in the gateway's configuration in this tree.

Low when only refresh and verify endpoints are left: they try long secrets, not passwords.

Fix: throttle classes and rates, tight ones for the credential endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer.audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer.audit.project import Project
from django_bearer.audit.project.routes.doors import limited_at_proxy, locked, unlimited
from django_bearer.audit.project.routes.facts import Endpoint, Kind, Purpose, Source
from django_bearer.audit.project.settings import Settings
from django_bearer.audit.project.values import never_set

ID = "BT501"
TITLE = "Nothing counts login attempts"
CWE = "CWE-307"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FIX = """REST_FRAMEWORK = {
    ...,
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"login": "10/min", "refresh": "30/min"},
}
# at each credential view: throttle_scope = "login\""""
_MAX_LISTED = 10


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        value = settings.get("REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES")
        if not never_set(value) and settings.names("REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES") != ():
            continue
        found = [e for e in unlimited(project.routes.table.endpoints) if _is_here(project, e, settings)]
        routed = any(e.path != "?" for e in project.routes.table.endpoints)
        found = [e for e in found if e.path != "?" or not routed]
        if found and not limited_at_proxy(project.tree):
            yield _hit(settings, found)


def _is_here(project: Project, endpoint: Endpoint, settings: Settings) -> bool:
    """In this site, in REST framework, and for want of a default (a view may have emptied its own list)."""
    return (
        endpoint.kind is Kind.REST
        and endpoint.throttle.source in {Source.FRAMEWORK, Source.SETTINGS, Source.PACKAGE}
        and project.settings_for(endpoint.where.path) is settings
        and not locked(endpoint, settings)
    )


def _hit(settings: Settings, found: list[Endpoint]) -> Hit:
    routes = list(dict.fromkeys(f"/{e.path.lstrip('/')}" if e.path != "?" else e.view for e in found))
    rest = f" and {len(routes) - _MAX_LISTED} more" if len(routes) > _MAX_LISTED else ""
    return Hit(
        where=_place(settings),
        message=f"No throttle applies to {', '.join(routes[:_MAX_LISTED])}{rest}: "
        "DEFAULT_THROTTLE_CLASSES is empty and the views set none.",
        attack="Passwords, codes and tokens are tried by the million, from one address.",
        fix=_FIX,
        related=tuple(dict.fromkeys(endpoint.where for endpoint in found))[:_MAX_LISTED],
        severity=Severity.LOW if all(endpoint.purpose is Purpose.REFRESH for endpoint in found) else None,
    )


def _place(settings: Settings) -> Place:
    table = settings.get("REST_FRAMEWORK")
    return settings.missing("REST_FRAMEWORK") if never_set(table) else table.where
