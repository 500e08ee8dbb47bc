"""Any web site may call the API with the visitor's cookies.

With every origin allowed and credentials on, django-cors-headers answers each caller with its own origin:
the browser then lets any page read the answers as the logged-in user, tokens in them included.

Fix: a list of exact origins.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import always

ID = "BT301"
TITLE = "Any origin may call with credentials"
CWE = "CWE-942"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        credentials = settings.get("CORS_ALLOW_CREDENTIALS")
        for name in ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"):
            every = settings.get(name)
            if always(every, True) and always(credentials, True):
                yield Hit(
                    where=every.where,
                    message=f"{name} is True and CORS_ALLOW_CREDENTIALS is True ({credentials.where}).",
                    attack="A page the user visits reads the API's answers with the user's cookies.",
                    fix='CORS_ALLOWED_ORIGINS = ["https://app.example.com"]',
                    related=(credentials.where,),
                )
