"""Logout only forgets the token in the browser; the server is never told.

The token, and a refresh token above all, keeps working wherever else it is: in the hands of whoever copied
it, it lives on until it expires. Users log out exactly when they think so.

Reported for a function named after logging out that removes token entries from storage and calls nothing
that could reach the server, when no address of the front end speaks of logout or revocation either.

Fix: call the server first (simplejwt's blacklist view, knox's LogoutView, our `/auth/logout`), then clear
the storage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.front.facts import FileFacts, Function
from django_bearer_audit.project.front.tokens import about_token

ID = "BT651"
TITLE = "Logout only clears the browser"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_LEAVES = re.compile(r"log_?-?(?:out|off)|sign_?-?(?:out|off)", re.I)
_REACHES = re.compile(
    r"(?:^|\.)(?:fetch|ajax|post|put|patch|delete|request|mutate|mutation|graphql|revoke\w*|blacklist\w*)$"
    r"|axios|api(?![a-z])|http|client|service|log_?out|sign_?out|dispatch|emit|send", re.I
)  # fmt: skip
_SAYS_SO = re.compile(r"log-?_?out|sign-?_?out|revoke|blacklist", re.I)


def check(project: Project) -> Iterator[Hit]:
    files = project.front.files
    if any(_tells_server(facts) for facts in files.values()):
        return
    for path, facts in files.items():
        leaves = [function for function in facts.functions if _LEAVES.search(function.name)]
        for function in leaves:
            inner = any(other is not function and _lies_in(other, function) for other in leaves)
            if not inner and _forgets(facts, function) and not _reaches(function):
                yield Hit(
                    where=Place(path, function.line_start, function.line_end),
                    message=f"{function.name} removes the token from the browser and calls no server.",
                    attack="A token copied before the logout works until it expires, and its refresh "
                    "token renews it.",
                    fix='await fetch("/api/token/blacklist/", { method: "POST", body: JSON.stringify({ '
                    "refresh }) });",
                )


def _lies_in(inner: Function, outer: Function) -> bool:
    return outer.line_start <= inner.line_start and inner.line_end <= outer.line_end


def _forgets(facts: FileFacts, function: Function) -> bool:
    """It, or a function without a name inside of it."""
    removals = (
        access
        for access in facts.accesses
        if access.action == "remove" and function.line_start <= access.line_start <= function.line_end
    )
    return any(access.key == "" or about_token(access, facts) is not None for access in removals)


def _reaches(function: Function) -> bool:
    own = [call for call in function.calls if not re.search(r"storage|cookie", call, re.I)]
    return any(_REACHES.search(call) for call in own)


def _tells_server(facts: FileFacts) -> bool:
    addresses = (address for function in facts.functions for address in function.addresses)
    return any(_SAYS_SO.search(address) and "api" in address.lower() for address in addresses)
