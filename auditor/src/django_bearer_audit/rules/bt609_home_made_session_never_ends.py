"""A session of one's own making, in a cookie, without an end.

Django's sessions expire, are renewed at login, end at logout and with the password, and set their
cookie's flags from the settings. A value of one's own under a name like `session_id` does none of this
unless somebody wrote it.

Silent when the cookie gets an age, and where Django's session is stored under that name.

Fix: `django.contrib.auth.login(request, user)` and `request.session`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import parts
from django_bearer_audit.project.source import Module

ID = "BT609"
TITLE = "Home-made session never ends"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_NAMES = (("session", "id"), ("sessionid",), ("session", "token"), ("session", "key"), ("sid",), ("session",))


@modules_with("set_cookie")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call in module.nodes(ast.Call):
        match call:
            case ast.Call(
                func=ast.Attribute(attr="set_cookie"), args=[ast.Constant(value=str(name)), value, *rest]
            ) if parts(name) in _NAMES and not rest and _is_made(value):
                if not {keyword.arg for keyword in call.keywords} & {"max_age", "expires", None}:
                    yield Hit(
                        where=module.place(call),
                        message=f"The cookie {name} holds a home-made session and gets no age.",
                        attack="A value copied once opens the session for as long as the row exists.",
                        fix="django.contrib.auth.login(request, user)",
                    )
            case _:
                pass


def _is_made(value: ast.expr) -> bool:
    return not isinstance(value, ast.Constant) and "session.session_key" not in ast.unparse(value)
