"""A middleware turns anonymous callers away after the view has run.

`self.get_response(request)` stands above the check of the login. The caller is answered 401 or sent to the login
page, and what the view did is done: rows are written, mails are sent, files are deleted.

Not reported when something above the call turns anonymous callers away as well.

Fix: ask first, then call `self.get_response(request)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.checks import asks_who
from django_bearer_audit.project.routes.middleware import asks_too_late
from django_bearer_audit.project.source import Module

ID = "BT812"
TITLE = "Middleware asks after the view"
CWE = "CWE-306"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR


@modules_with("get_response")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or not asks_who(node):
            continue
        late = asks_too_late(node)
        if late is not None:
            yield Hit(
                where=module.place(node),
                message=f"{node.name} lets the view run, and asks who is calling on line {late.lineno}.",
                attack="An anonymous POST deletes and creates rows; that the answer says 401 undoes nothing.",
                fix='if not request.user.is_authenticated:\n    return HttpResponse("Unauthorized", status=401)\n'
                "return self.get_response(request)",
                related=(module.place(late),),
            )
