"""A view of REST framework takes a login from a cookie and never checks for forged requests.

REST framework exempts its views from Django's check, and runs it in `SessionAuthentication` alone. A view that tells
its caller by a session key of its own, or an authenticator that reads a token out of a cookie, has to run it itself.
The browser sends the cookie with every request, also with one that another site makes.

An `enforce_csrf` that does nothing is found as well.

Silent where the project sets its cookies with `samesite="Lax"` or `"Strict"`, and where anything of the class or the
view speaks of CSRF.

Fix: derive from `SessionAuthentication`, or call `CSRFCheck` where the cookie is read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.cookies import token_cookies
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes.cookie_logins import by_own_session
from django_bearer_audit.project.routes.effects import writes
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose
from django_bearer_audit.project.routes.only_login import whole_view
from django_bearer_audit.project.values import leaves, text
from django_bearer_audit.project.walking import walk

ID = "BT818"
TITLE = "Cookie login without a CSRF check"
CWE = "CWE-352"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_SESSION = "rest_framework.authentication.SessionAuthentication"


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    open_cookies: bool | None = None
    for endpoint in project.routes.table.endpoints:
        if endpoint.kind is not Kind.REST or endpoint.safe:
            continue
        for found in _authenticators(project, endpoint):
            where = _switched_off(project, found)
            if where is None and _reads_cookie(found):
                open_cookies = _open_cookies(project) if open_cookies is None else open_cookies
                where = found.module.place(found.node) if open_cookies else None
            if where is not None and where not in told:
                told.add(where)
                yield _hit(Place(where.path, where.line_start, where.line_start), f"{found.node.name} reads a cookie")
        if _by_session(project, endpoint) and (place := whole_view(endpoint)) not in told:
            told.add(place)
            yield _hit(place, f"{endpoint.told} tells its caller by the session")


def _hit(where: Place, what: str) -> Hit:
    return Hit(
        where=where,
        message=f"{what} and never checks for forged requests.",
        attack="A page the victim visits sends the request, and the victim's cookie goes with it.",
        fix="class CookieAuthentication(SessionAuthentication):  # and self.enforce_csrf(request)",
    )


def _authenticators(project: Project, endpoint: Endpoint) -> Iterator[Definition]:
    for name in endpoint.authentication.names or ():
        found = project.imports.definition(name, endpoint.where.path)
        if found is not None and isinstance(found.node, ast.ClassDef):
            yield found


def _switched_off(project: Project, found: Definition) -> Place | None:
    """`def enforce_csrf(self, request): return`"""
    method = project.classes.method(found, "enforce_csrf")
    if method is None or not project.classes.is_a(found, _SESSION):
        return None
    asks = any(isinstance(node, ast.Call) for node in walk(method.node))
    return None if asks else found.module.place(found.node)


def _reads_cookie(found: Definition) -> bool:
    lines = found.module.text.splitlines()[found.node.lineno - 1 : found.node.end_lineno]
    said = "\n".join(lines)
    return "COOKIES" in said and "csrf" not in said.lower() and "header" not in said.lower()


def _open_cookies(project: Project) -> bool:
    """A cookie with a token is set, and nothing keeps it from requests of other sites."""
    for each in token_cookies(project):
        said = {(text(option) or "").lower() for option in leaves(each.samesite)}
        if not said <= {"lax", "strict"}:
            return True
    return False


def _by_session(project: Project, endpoint: Endpoint) -> bool:
    if endpoint.purpose is not Purpose.OTHER:
        return False
    pieces = [piece for _, piece in project.routes.code_of(endpoint)]
    if not any(True for piece in pieces for _ in writes(piece)):
        return False
    return bool(project.routes.says(endpoint, ID, partial(by_own_session, project)))
