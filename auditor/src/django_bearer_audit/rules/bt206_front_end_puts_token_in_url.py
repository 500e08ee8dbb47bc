"""The front end puts a token into the query of a URL.

A URL is written down everywhere: in the server's and every proxy's log, in the browser's history, in the
Referer of the next request. A token in it is a token in all of these.

One-time tokens that arrive in a link and are only passed on (reset, verification, invitation) are silent,
and so are CSRF tokens and keys of map services.

Fix: an `Authorization` header; for a WebSocket a ticket that works once, fetched over HTTPS right before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.front.facts import FileFacts, Link
from django_bearer_audit.project.front.tokens import function_of
from django_bearer_audit.project.token_names import is_token, may_be_token

ID = "BT206"
TITLE = "Front end puts a token into a URL"
CWE = "CWE-598"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ONCE = re.compile(
    r"reset|verif|confirm|activat|invit|unsubscrib|magic|download|share|public|preview|params|query", re.I
)


def check(project: Project) -> Iterator[Hit]:
    for path, facts in project.front.files.items():
        for link in facts.links:
            if _carries_token(link) and not _passed_on(link, facts):
                yield Hit(
                    where=Place(path, link.line_start, link.line_end),
                    message=f"{link.value} goes into the query of a URL as {link.parameter!r}.",
                    attack="Whoever reads a log, a history or a Referer header has the token.",
                    fix="fetch(url, { headers: { Authorization: `Bearer ${token}` } })",
                )


def _carries_token(link: Link) -> bool:
    return is_token(link.parameter) or (may_be_token(link.parameter) and is_token(link.value))


def _passed_on(link: Link, facts: FileFacts) -> bool:
    function = function_of(facts, link.function)
    around = " ".join((function.name, *function.calls)) if function else ""
    return bool(_ONCE.search(link.text) or _ONCE.search(link.value) or _ONCE.search(around))
