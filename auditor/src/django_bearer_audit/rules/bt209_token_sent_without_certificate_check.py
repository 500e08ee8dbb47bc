"""A token is sent to another service without checking that service's certificate.

`verify=False` accepts any certificate, so anyone on the way can stand in for the other service and read the
Authorization header.

Only calls that carry a token count here; other calls without the check are a scanner's business.

Fix: leave `verify` out; for an internal authority name its file: `verify="/etc/ssl/internal.pem"`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Change, Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_calling
from django_bearer_audit.project import Project
from django_bearer_audit.project.outgoing import CALLS, outgoing
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.token_values import said_name
from django_bearer_audit.project.values import always

ID = "BT209"
TITLE = "Token is sent without a certificate check"
CWE = "CWE-295"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


@modules_calling(*CALLS)
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call, header in outgoing(project, module):
        for keyword in call.keywords:
            if keyword.arg == "verify" and always(project.value(module, keyword.value), False):
                yield Hit(
                    where=module.place(call),
                    message=f"A request with the header {ast.unparse(header)} is sent with verify=False.",
                    attack="Anyone between the two services answers in the other's place and reads the token.",
                    fix="requests.get(url, headers=headers, timeout=5)",
                    changes=(Change("keyword", module.place(call), "verify", "True", callee=said_name(call.func)),),
                )
