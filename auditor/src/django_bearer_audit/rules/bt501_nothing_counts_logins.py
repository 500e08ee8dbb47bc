"""REST framework counts nothing: the login, refresh and reset endpoints have no throttle.

Without DEFAULT_THROTTLE_CLASSES and without throttles at the views, passwords, codes and refresh tokens can
be tried as fast as the server answers. One finding for the settings, with the routes that are open to it.

Not reported: views with a throttle of their own, django-ratelimit or a count in their code, django-axes or
django-defender for logins, a rate limit in middleware or in the gateway's configuration in this tree.

Views whose own code tries passwords or codes have a finding each (BT502) and are only counted here. Low when
nothing else is left, or only refresh and verify endpoints: they try long secrets, not passwords.

Fix: throttle classes and rates, tight ones for the credential endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose, Source
from django_bearer_audit.project.routes.unlimited_endpoints import limited_at_proxy, locked, own_endpoints, unlimited
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import never_set

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
            alone = set(own_endpoints(project.routes, project.settings_for))
            yield _hit(settings, found, [e for e in found if e not in alone])
        elif not found and _by_basic(project, settings) and not limited_at_proxy(project.tree):
            yield Hit(
                where=_place(settings),
                message="BasicAuthentication takes the password with every request, and no throttle applies.",
                attack="Passwords are tried at any address of the API, by the million, from one address.",
                fix=_FIX,
            )


def _by_basic(project: Project, settings: Settings) -> bool:
    """HTTP Basic is named in the settings, where some view of REST framework is behind a login."""
    names = settings.names("REST_FRAMEWORK", "DEFAULT_AUTHENTICATION_CLASSES") or ()
    basic = any(name.endswith(".BasicAuthentication") for name in names)
    counted = settings.installed("axes", "defender")
    return (
        basic
        and not counted
        and any(
            e.kind is Kind.REST and e.throttle.names == () and project.settings_for(e.where.path) is settings
            for e in project.routes.table.endpoints
        )
    )


def _is_here(project: Project, endpoint: Endpoint, settings: Settings) -> bool:
    """In this site, in REST framework, and for want of a default (a view may have emptied its own list)."""
    return (
        endpoint.kind is Kind.REST
        and endpoint.throttle.source in {Source.FRAMEWORK, Source.SETTINGS, Source.PACKAGE}
        and project.settings_for(endpoint.where.path) is settings
        and not locked(endpoint, settings)
    )


def _hit(settings: Settings, found: list[Endpoint], listed: list[Endpoint]) -> Hit:
    """Views whose own code tries a credential have a finding each (BT502), and are only counted here."""
    routes = list(dict.fromkeys(f"/{e.path.lstrip('/')}" if e.path != "?" else e.view for e in listed))
    views = len({e.view for e in found} - {e.view for e in listed})
    apart = (
        [f"{views} view{'s' * (views != 1)} with a finding of {'their' if views != 1 else 'its'} own"]
        if views
        else []
    )
    rest = f" and {len(routes) - _MAX_LISTED} more" if len(routes) > _MAX_LISTED else ""
    named = [", ".join(routes[:_MAX_LISTED]) + rest] if routes else []
    return Hit(
        where=_place(settings),
        message=f"No throttle applies to {' and '.join([*named, *apart])}: "
        "DEFAULT_THROTTLE_CLASSES is empty and the views set none.",
        attack="Passwords, codes and tokens are tried by the million, from one address.",
        fix=_FIX,
        related=tuple(dict.fromkeys(endpoint.where for endpoint in listed))[:_MAX_LISTED],
        severity=Severity.LOW if all(endpoint.purpose is Purpose.REFRESH for endpoint in listed) else None,
    )


def _place(settings: Settings) -> Place:
    table = settings.get("REST_FRAMEWORK")
    return settings.missing("REST_FRAMEWORK") if never_set(table) else table.where
