"""The front end keeps tokens within reach of scripts, and no Content-Security-Policy limits scripts.

A policy does not make such storage safe. It makes the injected script that would read it much harder to
load and to send home.

Shown to the pedantic persona: the policy may be set at a proxy or by the front end's own host.

Fix: Django 6's `SECURE_CSP`, or django-csp: `default-src 'self'; script-src 'self'; connect-src 'self'`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.front.tokens import uses

ID = "BT309"
TITLE = "No Content-Security-Policy around stored tokens"
CWE = "CWE-693"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.PEDANTIC

_SETTINGS = ("SECURE_CSP", "CONTENT_SECURITY_POLICY", "CSP_DEFAULT_SRC", "CSP_SCRIPT_SRC")


def check(project: Project) -> Iterator[Hit]:
    written = next((use for use in uses(project.front) if "write" in use.actions), None)
    for settings in project.settings if written else ():
        assert written is not None  # noqa: S101
        if settings.whole and not any(settings.set_here(name) for name in _SETTINGS) and not _elsewhere(project):
            yield Hit(
                where=settings.head,
                message=f"No policy is set in {settings.site.production}; {written.where} keeps a token "
                f"in {written.store}.",
                attack="An injected script loads from anywhere and sends the stored token anywhere.",
                fix="SECURE_CSP = {'default-src': [CSP.SELF], 'script-src': [CSP.SELF], 'connect-src': [CSP.SELF]}",
                related=(written.where,),
            )


def _elsewhere(project: Project) -> bool:
    """A policy written by hand, in a template or in the configuration of a proxy."""
    for _ in project.python.with_words("ontent-Security-Policy", "ontent-security-policy"):
        return True
    names = project.tree.ending(".html", ".yml", ".yaml", ".toml")
    return any(b"ontent-security-policy" in _bytes(project, path).lower() for path in names)


def _bytes(project: Project, path: str) -> bytes:
    try:
        return project.tree.read(path)
    except OSError:
        return b""
