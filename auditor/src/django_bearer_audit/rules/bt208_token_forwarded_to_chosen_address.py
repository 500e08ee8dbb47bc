"""The caller's token is sent on to an address that the caller names.

The server takes a URL from the request and calls it with the Authorization header it was given. Whoever can
make a user send such a request (or store the URL) receives the user's token; and the server reaches places
only it can.

Fix: a fixed list of addresses, a token of the server's own for each, and `verify` left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_calling
from django_bearer_audit.project import Project
from django_bearer_audit.project.outgoing import CALLS, chosen_by_caller, outgoing
from django_bearer_audit.project.source import Module

ID = "BT208"
TITLE = "Token is forwarded to an address the caller chose"
CWE = "CWE-522"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


@modules_calling(*CALLS)
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call, header in outgoing(project, module):
        if _is_callers(header) and _address_is_chosen(module, call):
            yield Hit(
                where=module.place(call),
                message=f"The header {ast.unparse(header)} of the caller goes to a URL taken from the request.",
                attack="A request that names the attacker's server as its address delivers the token there.",
                fix='requests.get(ALLOWED[name], headers={"Authorization": f"Bearer {own_token}"}, timeout=5)',
            )


def _is_callers(header: ast.expr) -> bool:
    text = ast.unparse(header)
    return ("META" in text and "HTTP_AUTHORIZATION" in text) or ("headers" in text and "uthorization" in text)


def _address_is_chosen(module: Module, call: ast.Call) -> bool:
    address = next((keyword.value for keyword in call.keywords if keyword.arg == "url"), None)
    address = address or (call.args[0] if call.args else None)
    return address is not None and chosen_by_caller(module, address)
