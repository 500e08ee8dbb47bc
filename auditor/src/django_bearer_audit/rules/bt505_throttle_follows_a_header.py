"""Throttles by address believe a header that the client writes.

REST framework takes the whole X-Forwarded-For header for the client's name until NUM_PROXIES says how many
proxies stand in front. A new header value with every request is a new client with every request.

Shown to the pedantic persona: whether a proxy in front replaces the header is not in the source.

Fix: the number of proxies, 0 when there is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Known, leaves, never_set

ID = "BT505"
TITLE = "Throttle follows a header"
CWE = "CWE-307"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.PEDANTIC


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        classes = settings.names("REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES")
        value = settings.get("REST_FRAMEWORK", "NUM_PROXIES")
        unset = never_set(value) or all(isinstance(v, Known) and v.value is None for v in leaves(value))
        if classes and unset:
            yield Hit(
                where=settings.get("REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES").where,
                message="NUM_PROXIES is not set, so throttles count by a header that the client writes.",
                attack="A script sends another X-Forwarded-For with each guess and is never slowed down.",
                fix='REST_FRAMEWORK = {..., "NUM_PROXIES": 1}  # 0 without a proxy',
            )
