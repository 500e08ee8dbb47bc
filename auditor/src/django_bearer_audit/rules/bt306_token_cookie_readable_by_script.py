"""A cookie that carries a token or an identity is set without HttpOnly.

Without HttpOnly every script of the page reads it: one injected script, or one compromised package of the
front end, sends the token away, and it works from anywhere until it ends.

Counts are `set_cookie` calls whose name or value says token, or whose cookie the project reads back to
decide who the caller is. Silent where the flag comes from something that cannot be read here, and for CSRF
cookies, which scripts must read.

Fix: `httponly=True, secure=True, samesite="Lax"`; the browser client then sends the cookie without seeing
it.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Change, Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.cookies import TokenCookie, is_off, token_cookies

ID = "BT306"
TITLE = "Token cookie can be read by scripts"
CWE = "CWE-1004"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

# Browsers take Lax for granted already; the other two may break a client that reads the cookie or uses http.
_FLAGS = {
    "HttpOnly": ("httponly", "True", False),
    "Secure": ("secure", "True", False),
    "SameSite": ("samesite", '"Lax"', True),
}


def check(project: Project) -> Iterator[Hit]:
    for cookie in token_cookies(project):
        if is_off(cookie.httponly):
            missing = _missing(cookie)
            yield Hit(
                where=cookie.where,
                message=f"Cookie {cookie.name!r} is set without {' and '.join(missing)}; {cookie.why}.",
                attack="Any script on the page reads document.cookie and sends the credential away.",
                fix=_fixed(cookie),
                changes=tuple(Change("keyword", cookie.where, *_FLAGS[name], "set_cookie") for name in missing),
            )


def _missing(cookie: TokenCookie) -> list[str]:
    flags = {"HttpOnly": cookie.httponly, "Secure": cookie.secure, "SameSite": cookie.samesite}
    return [name for name, flag in flags.items() if is_off(flag)]


def _fixed(cookie: TokenCookie) -> str:
    return f'response.set_cookie({cookie.name!r}, value, httponly=True, secure=True, samesite="Lax")'
