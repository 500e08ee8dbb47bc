"""Whoever is logged in sets a new password without the old one.

A token that was stolen, or a browser left open, is good for minutes. With a password change that asks for
nothing it is good for the account: the attacker sets a password, and the owner is locked out.

Silent where a password, a code or a signed link is checked first, and for staff who change the passwords of others.
Silent, too, where the account has no password of its own yet: `has_usable_password()` says so, or a column that the
view changes.

Fix: `if not request.user.check_password(old): raise ValidationError(...)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import Secret, sent, tried
from django_bearer_audit.project.effects.value import Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.outcomes import outcomes, says
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

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
    if found is not None and not _has_none_yet(project, found) and not _is_first(project, found):
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


def _is_first(project: Project, effect: Effect) -> bool:
    """`if not user.has_no_password: raise`, of a column that says the contrary from now on: it happens once."""
    module = project.python.module(effect.where.path)
    calls = module.nodes(ast.Call) if module is not None else []
    return module is not None and any(
        _happens_once(module, each) for each in calls if module.place(each) == effect.where
    )


def _happens_once(module: Module, call: ast.Call) -> bool:
    around = module.function_around(call)
    match call.func:
        case ast.Attribute(attr="set_password", value=account) if around is not None:
            changed = dict(_changed(around, ast.unparse(account)))
            tests = outcomes(module, call, around)
            return any(says(test, told, partial(_was_other, changed)) for test, told in tests)
        case _:
            return False


def _changed(around: ast.AST, account: str) -> Iterator[tuple[str, bool]]:
    """`user.has_no_password = False`"""
    for node in walk(around):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=owner) as column], value=ast.Constant(value=bool(value))):
                if ast.unparse(owner) == account:
                    yield ast.unparse(column), value
            case _:
                pass


def _was_other(changed: dict[str, bool], test: ast.expr, outcome: bool) -> bool:
    return changed.get(ast.unparse(test)) is (not outcome)
