"""A refresh token is accepted where an access token belongs.

Only its kind tells the long-lived token from the short-lived one. With `RefreshToken` or `UntypedToken` in
AUTH_TOKEN_CLASSES the API takes it as an access token: the short lifetime protects nothing.

Fix: `"AUTH_TOKEN_CLASSES": ["rest_framework_simplejwt.tokens.AccessToken"]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Items, Value, leaves, text

ID = "BT415"
TITLE = "Refresh token opens the API"
CWE = "CWE-613"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_LONG = ("tokens.RefreshToken", "tokens.UntypedToken")


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        for name in ("SIMPLE_JWT", "NINJA_JWT"):
            classes = settings.get(name, "AUTH_TOKEN_CLASSES")
            for item in _items(classes):
                accepted = text(item) or ""
                if accepted.endswith(_LONG):
                    yield Hit(
                        where=item.where,
                        message=f"{name} takes {accepted} for an access token.",
                        attack="A stolen refresh token opens the API for as long as it lives, without being renewed.",
                        fix='"AUTH_TOKEN_CLASSES": ["rest_framework_simplejwt.tokens.AccessToken"]',
                    )


def _items(value: Value) -> Iterator[Value]:
    for leaf in leaves(value):
        if isinstance(leaf, Items):
            yield from leaf.items
