"""A cookie that carries a token is set without the Secure flag.

The browser then sends it with every plain-HTTP request to the host as well, where anyone on the way reads
it. Cookies that lack HttpOnly too are reported once, as BT306.

The settings `SESSION_COOKIE_SECURE` and `CSRF_COOKIE_SECURE` do nothing for cookies that code sets itself.

Fix: `secure=True`; for development over plain HTTP `secure=not settings.DEBUG`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Change, Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.cookies import is_off, token_cookies

ID = "BT204"
TITLE = "Token cookie travels over plain HTTP"
CWE = "CWE-614"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    for cookie in token_cookies(project):
        if is_off(cookie.secure) and not is_off(cookie.httponly):
            yield Hit(
                where=cookie.where,
                message=f"Cookie {cookie.name!r} is set without secure=True; {cookie.why}.",
                attack="One plain-HTTP request to the host, which a page can provoke, carries the token in clear.",
                fix=f'response.set_cookie({cookie.name!r}, value, httponly=True, secure=True, samesite="Lax")',
                changes=(Change("keyword", cookie.where, "secure", "True", callee="set_cookie"),),
            )
