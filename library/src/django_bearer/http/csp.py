"""A strict Content Security Policy for a project's own pages, in the words of Django 6 and of django-csp.

SECURE_CSP = strict()                             Django 6: django.middleware.csp.ContentSecurityPolicyMiddleware
CONTENT_SECURITY_POLICY = for_django_csp()        Django 5.2: django-csp, csp.middleware.CSPMiddleware
"""

from __future__ import annotations

from typing import Any

SELF, NONE = "'self'", "'none'"
DIRECTIVES: dict[str, list[str]] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "object-src": [NONE],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": [NONE],
}
"""No foreign script, no script in the page itself but with a nonce, no frame around it, nothing sent elsewhere."""


def strict(*, nonce: Any = None, report_uri: str = "", **more: list[str]) -> dict[str, Any]:
    """Return a strict policy as Django 6 takes it in `SECURE_CSP`.

    No foreign script, no script in the page itself without a nonce, no frame around it, and nothing is sent
    elsewhere.

    Args:
        nonce: `django.utils.csp.CSP.NONCE`, for pages with script of their own inside.
        report_uri: Where browsers report violations, such as `/auth/csp-report/`.
        **more: Lists of sources to add, by directive, as in `connect_src=["https://api.example.com"]`.

    Returns:
        A mapping of directives to lists of sources.

    Source:
        W3C Content Security Policy Level 3, section 6.
    """
    found: dict[str, Any] = {name: list(values) for name, values in DIRECTIVES.items()}
    if nonce is not None:
        found["script-src"].append(nonce)
    for name, values in more.items():
        found.setdefault(name.replace("_", "-"), []).extend(values)
    if report_uri:
        found["report-uri"] = [report_uri]
    return {name: [value for value in values if value != NONE] or [NONE] for name, values in found.items()}


def for_django_csp(**options: Any) -> dict[str, Any]:
    """Return the same policy as django-csp 4 takes it in `CONTENT_SECURITY_POLICY`.

    Args:
        **options: Those of `strict()`. `nonce` is `csp.constants.NONCE`.

    Returns:
        A mapping with the one key `DIRECTIVES`.
    """
    return {"DIRECTIVES": strict(**options)}


def header(policy: dict[str, Any]) -> str:
    """Return the value of the header, for people to look at.

    Args:
        policy: A mapping that `strict()` returned.

    Returns:
        The directives, separated by semicolons.
    """
    return "; ".join(f"{name} {' '.join(map(str, values))}" for name, values in policy.items())
