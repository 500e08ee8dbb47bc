"""A bearer token is written in the source.

Whoever has read the code, or any copy of it, uses the token. It stays in the history when the line is
removed.

Only texts that are sent as a credential count: the value of an `Authorization` header, and signed JWTs.

Fix: read it from the environment, and revoke the one that was written down.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import is_made_up
from django_bearer_audit.project.source import Module

ID = "BT414"
TITLE = "Bearer token in the source"
CWE = "CWE-798"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_HEADER = re.compile(r"^(Bearer|Token|Basic|JWT|Api-Key) +([A-Za-z0-9_\-.=+/]{16,})$")
_JWT = re.compile(r"^eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}$")
_EXAMPLE = re.compile(r"(.)\1{5}|x{3,}|your|example|token|secret|here|dummy|test|placeholder|\.\.\.", re.I)


@modules_with("Bearer ", "Token ", "Basic ", "JWT ", "Api-Key ", "eyJ")
def check(project: Project, module: Module) -> Iterator[Hit]:
    if is_made_up(module.path):
        return
    for node in module.nodes(ast.Constant):
        text = node.value if isinstance(node.value, str) else ""
        header = _HEADER.match(text)
        if _JWT.match(text) or (header and _is_random(header[2])):
            yield Hit(
                where=module.place(node),
                message=f"A credential starting with {text[:10]!r} is written here.",
                attack="Whoever has read the code sends it and is let in.",
                fix='headers = {"Authorization": f"Bearer {os.environ[\'API_TOKEN\']}"}',
            )


def _is_random(text: str) -> bool:
    """Letters and digits mixed, and no word that says it is an example."""
    mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return mixed and not _EXAMPLE.search(text)
