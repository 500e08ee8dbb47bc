"""Whoever is logged in sets a new password without the old one.

A token that was stolen, or a browser left open, is good for minutes. With a password change that asks for
nothing it is good for the account: the attacker sets a password, and the owner is locked out.

Silent where a password, a code or a signed link is checked first, where the account has none yet, and for staff
who change the passwords of others.

Fix: `if not request.user.check_password(old): raise ValidationError(...)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import Secret, sent, tried
from django_bearer_audit.project.effects.value import Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.routes.facts import Endpoint

ID = "BT715"
TITLE = "Password changed without the old one"
CWE = "CWE-620"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_OTHERS = ("Admin", "Staff", "Superuser", "SetPassword")


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for route, where in in_views(project, ID, partial(_found, project), safe=False):
        if (place := Place(*where)) not in told:
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} sets the caller's password and asks for nothing.",
                attack="Whoever holds a stolen token or an open browser for a minute takes the account for good.",
                fix='if not request.user.check_password(request.data["old_password"]):\n    raise PermissionDenied',
            )


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    found = None if _by_staff(endpoint) else _unproved(effects)
    if found is not None and not _has_none_yet(project, found):
        yield [endpoint.told, written(found.where)]


def _by_staff(endpoint: Endpoint) -> bool:
    return any(word in name for name in endpoint.permission.names or () for word in _OTHERS)


def _unproved(effects: tuple[Effect, ...]) -> Effect | None:
    """A password of the caller that is set before anything was checked."""
    for effect in effects:
        if tried(effect) in {Secret.PASSWORD, Secret.CODE, Secret.TOKEN} or effect.act is Act.OPENS:
            return None
        if effect.act is Act.CHECKS and sent(effect.value) and isinstance(effect.other.what, Rows):
            return None
        if effect.act is Act.SETS and sent(effect.value) and _is_caller(effect):
            return effect
    return None


def _is_caller(effect: Effect) -> bool:
    return isinstance(effect.other.what, Rows) and effect.other.what.caller


def _has_none_yet(project: Project, effect: Effect) -> bool:
    """`has_usable_password()` is asked: a first password is set."""
    places = (effect.where, *effect.through)
    modules = (project.python.module(place.path) for place in places)
    return any("has_usable_password" in module.text for module in modules if module is not None)
