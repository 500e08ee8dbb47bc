"""A login, reset or one-time-code view of the project's own has no rate limit.

Views written by hand get no protection from the package they replace: neither a throttle, nor a lock after
failed attempts. A code of six digits falls in minutes, a weak password in hours.

Not reported: views with throttle_classes that apply, django-ratelimit or a project's own limiting
decorator, code that counts attempts or asks for a captcha, django-axes or django-defender for logins,
limits in middleware or in the gateway's configuration in this tree, views for users who are logged in
already.

Low for a login page with a CSRF token that starts a session: no token comes out of it.

Fix: a throttle at the view, counted by account and by address.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose
from django_bearer_audit.project.routes.unlimited_endpoints import limited_at_proxy, own_endpoints
from django_bearer_audit.project.walking import walk

ID = "BT502"
TITLE = "Credentials tried without a limit"
CWE = "CWE-307"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FIX_REST = """throttle_classes = [ScopedRateThrottle]
throttle_scope = "login"  # with "login": "10/min" in DEFAULT_THROTTLE_RATES"""
_FIX_DJANGO = '@ratelimit(key="ip", rate="10/m", method="POST", block=True)  # and one counted by account'


def check(project: Project) -> Iterator[Hit]:
    chosen = list(own_endpoints(project.routes, project.settings_for))
    if chosen and not limited_at_proxy(project.tree):
        # a view set has an endpoint for each of its functions; one function behind two routes is one endpoint
        limited_by_nothing = {
            endpoint.handler.node: endpoint for endpoint in reversed(chosen) if endpoint.handler is not None
        }
        for endpoint in sorted(limited_by_nothing.values(), key=lambda each: each.where):
            yield _hit(endpoint)


def _is_form(endpoint: Endpoint) -> bool:
    """A login page for people: a form with a CSRF token, whose fruit is a session and no bearer token."""
    checked = endpoint.kind is Kind.DJANGO and endpoint.csrf.names == ("csrf",)
    if not checked or endpoint.purpose is not Purpose.LOGIN or endpoint.handler is None:
        return False
    names = (node.id for node in walk(endpoint.handler.node) if isinstance(node, ast.Name))
    return "JsonResponse" not in names


def _hit(endpoint: Endpoint) -> Hit:
    attack = {
        Purpose.LOGIN: "A list of common passwords is tried against every account.",
        Purpose.RESET: "Mail is sent by the thousand, and reset codes are guessed.",
        Purpose.CODE: "All codes are tried before the right one expires.",
    }
    return Hit(
        where=endpoint.where,
        message=f"{endpoint.method} /{endpoint.path} ({endpoint.purpose.value}) has no rate limit: "
        f"no throttle at the view, none by default, and its code counts nothing.",
        attack=attack[endpoint.purpose],
        fix=_FIX_REST if endpoint.kind is Kind.REST else _FIX_DJANGO,
        severity=Severity.LOW if _is_form(endpoint) else None,
    )
