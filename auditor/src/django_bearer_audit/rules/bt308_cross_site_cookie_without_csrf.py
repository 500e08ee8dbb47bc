"""A token cookie is sent from every site, and nothing checks where a request came from.

`SameSite=None` tells the browser to attach the cookie to requests that other sites start. REST framework
switches Django's CSRF check off for its views; an authenticator that takes the token from a cookie has to
run it itself, as `SessionAuthentication` does. Both together let any page act as the visitor.

Reported only when the tree holds an authenticator that reads a cookie and never mentions CSRF.

Fix: `samesite="Lax"` (or Strict), or enforce the CSRF check in the authenticator.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.cookies import TokenCookie, token_cookies
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import leaves, never_set, text

ID = "BT308"
TITLE = "Cross-site cookie without a CSRF check"
CWE = "CWE-1275"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    groups: dict[tuple[str, ast.AST | None], list[TokenCookie]] = defaultdict(list)
    for cookie in token_cookies(project):
        if _is_none(cookie):
            groups[cookie.module.path, cookie.module.function_around(cookie.call)].append(cookie)
    unprotected = next(_unprotected(project), None) if groups else None
    for (path, _), cookies in groups.items() if unprotected else ():
        assert unprotected is not None  # noqa: S101
        named = " and ".join(repr(cookie.name) for cookie in cookies)
        yield Hit(
            where=Place(path, cookies[0].where.line_start, cookies[-1].where.line_end),
            message=f"{named} set with SameSite=None, and the authenticator that reads cookies runs no CSRF check.",
            attack="A page the user visits posts to the API; the browser adds the cookie and the API obeys.",
            fix='samesite="Lax"',
            related=(unprotected,),
        )


def _is_none(cookie: TokenCookie) -> bool:
    options = list(leaves(cookie.samesite))
    return not never_set(cookie.samesite) and all((text(option) or "").lower() == "none" for option in options)


def _unprotected(project: Project) -> Iterator[Place]:
    """Authenticators that take a credential from a cookie without a CSRF check."""
    for module in project.python.with_words("COOKIES"):
        for node in module.nodes(ast.ClassDef):
            body = _source(module, node)
            methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
            if "authenticate" in methods and "COOKIES" in body and "csrf" not in body.lower():
                yield Place(module.path, node.lineno, node.lineno)


def _source(module: Module, node: ast.ClassDef) -> str:
    return "\n".join(module.text.splitlines()[node.lineno - 1 : node.end_lineno])
