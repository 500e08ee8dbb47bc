"""A package that authenticates has no maintainers any more.

Nobody fixes the next flaw in it, and it holds the project on old versions of Django. The table names packages that
say so themselves, each with what took their place; as of 2026-11.

Fix: the successor, or django-bearer.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project

ID = "BT419"
TITLE = "Package without maintainers"
CWE = "CWE-1395"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_ABANDONED = {
    "djangorestframework-jwt": "djangorestframework-simplejwt",
    "django-rest-auth": "dj-rest-auth",
    "drf-jwt": "djangorestframework-simplejwt",
    "django-rest-framework-social-oauth2": "drf-social-oauth2",
    "django-allauth-2fa": "django-allauth[mfa]",
    "django-oauth2-provider": "django-oauth-toolkit",
    "django-cors-middleware": "django-cors-headers",
}


def check(project: Project) -> Iterator[Hit]:
    told: set[str] = set()
    for requirement in project.requirements:
        successor = _ABANDONED.get(requirement.name)
        if successor is not None and requirement.name not in told:
            told.add(requirement.name)
            yield Hit(
                where=requirement.where,
                message=f"{requirement.name} is not maintained any more; {successor} took its place.",
                attack="A flaw that is found tomorrow stays open.",
                fix=f"{successor}  # instead of {requirement.name}",
            )
