r"""A pattern for allowed origins also fits origins that are not ours.

django-cors-headers matches `CORS_ALLOWED_ORIGIN_REGEXES` from the start of the origin and does not ask for
its end: `https://app\.example\.com` also fits `https://app.example.com.evil.net`. An unescaped dot fits any
letter, `.*` without a slash or dot before it fits every host.

Fix: `^https://\w+\.example\.com$`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Items, Unknown, Value, leaves, text

ID = "BT302"
TITLE = "Origin pattern fits foreign sites"
CWE = "CWE-942"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        for name in ("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"):
            for value, pattern in _patterns(settings.get(name)):
                why = _too_wide(pattern)
                if why:
                    yield Hit(
                        where=value.where,
                        message=f"{name} holds {pattern!r}, which {why}.",
                        attack="A site that the attacker registers reads the API's answers in the visitor's browser.",
                        fix=rf'{name} = [r"^https://\w+\.example\.com$"]',
                    )


def _patterns(setting: Value) -> Iterator[tuple[Value, str]]:
    for leaf in leaves(setting):
        for item in leaf.items if isinstance(leaf, Items) else ():
            pattern = text(item)
            if pattern is not None:
                yield item, pattern
            elif isinstance(item, Unknown) and len(item.parts) and (first := text(item.parts[0])) is not None:
                yield item, first  # re.compile(r"…")


def _too_wide(pattern: str) -> str:
    if re.fullmatch(r"\^?(?:https?(?:\?|s\?)?:\\?/\\?/)?\.[*+]\$?", pattern):
        return "fits every origin"
    if not re.search(r"(?:\$|\\Z|\\z)\)*$", pattern):
        return "has no end: more may follow"
    if re.search(r"//\.[*+](?=[a-z0-9])", pattern):
        return "fits any host that ends like ours, such as evil-example.com"
    return ""
