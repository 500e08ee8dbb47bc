"""A password reset logs in, and the second factor is not asked.

The login of this project asks for a one-time code after the password. The view that sets a forgotten password
calls `login()` itself: whoever reads the mailbox is in, and the second factor was for nothing.

Silent in projects whose login asks for no code, and where the view checks one.

Fix: set the password, and send the user to the login.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import Secret, sets_sent_password, tried
from django_bearer_audit.project.effects.value import Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.routes.facts import Endpoint, Who

ID = "BT718"
TITLE = "Reset passes the second factor"
CWE = "CWE-287"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    views = list(in_views(project, ID, _logs_in, safe=False))
    if not any(kind == "second" for kind, *_ in views):
        return
    for kind, route, where in views:
        if kind == "reset":
            yield Hit(
                where=Place(*where),
                message=f"{route} sets a password and logs in, where the login asks for a second factor.",
                attack="Whoever reads the mailbox resets the password and is in.",
                fix='return redirect("login")  # which asks for the second factor',
            )


def _logs_in(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    issued = next((e for e in effects if e.act is Act.ISSUES and e.name in {"session", "token", "row"}), None)
    if issued is None:
        return
    if any(_is_one_time(effect) for effect in effects):
        yield ["second", "", written(issued.where)]
    elif endpoint.who is not Who.USER and any(sets_sent_password(e) and _is_forgotten(e) for e in effects):
        yield ["reset", endpoint.told, written(issued.where)]


def _is_one_time(effect: Effect) -> bool:
    """A code of an app or a device, not one that was mailed: `pyotp`, `django_otp`."""
    by_app = any(word in effect.by for word in ("pyotp", "TOTP", "HOTP", "verify_token", "match_token"))
    return by_app and (tried(effect) is Secret.CODE or effect.act is Act.CHECKS)


def _is_forgotten(effect: Effect) -> bool:
    """The password of an account that is there, and is not the caller's."""
    rows = effect.other.what
    return not isinstance(rows, Rows) or not (rows.new or rows.caller)
