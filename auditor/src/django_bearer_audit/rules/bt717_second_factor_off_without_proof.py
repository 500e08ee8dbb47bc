"""Whoever is logged in switches the second factor off.

The second factor is there for the day on which a password or a session is stolen. Where a session alone
switches it off, an attacker does that first.

Silent where the password or a code is checked before, and where the factor of somebody else is removed by staff.

Fix: ask for the password or a code in the same request.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import tried
from django_bearer_audit.project.effects.value import Literal, Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import parts
from django_bearer_audit.project.routes.facts import Endpoint, Who

ID = "BT717"
TITLE = "Second factor off without proof"
CWE = "CWE-620"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_AGAIN = re.compile(r"recent|re_?auth|sudo|fresh|confirm_?password|password_?confirm|step_?up", re.I)
_FACTOR = frozenset({"2fa", "mfa", "totp", "tfa", "twofactor", "otp"})
_PAIRS = ({"two", "factor"}, {"multi", "factor"}, {"second", "factor"}, {"static", "device"})
_TABLES = ("TOTPDevice", "StaticDevice", "PhoneDevice", "EmailDevice", "Authenticator", "BackupCode", "WebAuthnKey")


def check(project: Project) -> Iterator[Hit]:
    for route, where in in_views(project, ID, partial(_found, project), safe=False):
        yield Hit(
            where=Place(*where),
            message=f"{route} switches the second factor off and asks for nothing.",
            attack="Whoever has the session removes the factor that was to stop them.",
            fix='if not request.user.check_password(request.POST["password"]):\n    raise PermissionDenied',
        )


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    if endpoint.who is Who.EVERYBODY or "Admin" in str(endpoint.permission.names) or _is_recent(project, endpoint):
        return
    for effect in effects:
        if tried(effect) is not None or effect.act is Act.CHECKS:
            return
        if _switches_off(effect):
            yield [endpoint.told, written(effect.where)]
            return


def _is_recent(project: Project, endpoint: Endpoint) -> bool:
    """A base class or decorator asks for the password again when it was long ago, by its name."""
    handler = endpoint.handler
    if handler is None:
        return False
    above = project.classes.ancestry(handler.owner) if handler.owner is not None else ()
    names = [each if isinstance(each, str) else each.name for each in above]
    nodes = [handler.node, *([handler.owner.node] if handler.owner is not None else [])]
    names += [ast.unparse(each) for node in nodes for each in getattr(node, "decorator_list", ())]
    return any(_AGAIN.search(name) for name in names)


def _switches_off(effect: Effect) -> bool:
    """A column of the caller's row that says so is emptied, or the caller's device is deleted."""
    if effect.act is Act.STORES and isinstance(effect.other.what, Rows) and effect.other.what.caller:
        emptied = isinstance(effect.value.what, Literal) and not effect.value.what.value
        return emptied and _is_factor(effect.name)
    if effect.act is Act.ENDS and isinstance(effect.value.what, Rows):
        return effect.value.what.model.rpartition(".")[2].endswith(_TABLES)
    return False


def _is_factor(name: str) -> bool:
    words = set(parts(name)) | {name.lower().replace("_", "")}
    squeezed = "2fa" in name.lower() or bool(words & _FACTOR)
    return squeezed or any(pair <= words for pair in _PAIRS)
