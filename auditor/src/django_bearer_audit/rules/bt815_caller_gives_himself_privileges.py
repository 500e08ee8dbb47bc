"""Whoever is logged in gives himself privileges.

A serializer or form writes the caller's own row with every column that is sent, `is_staff` or the role among
them. One request makes an ordinary account an administrator's.

Silent where the column is read-only or not listed, where the project's own code writes the row, and for staff.

Fix: name the fields that a user may change, without flags and roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects.value import Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.routes.facts import Endpoint, Who

ID = "BT815"
TITLE = "Caller gives himself privileges"
CWE = "CWE-306"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_FLAGS = frozenset({"is_staff", "is_superuser", "is_admin", "is_administrator", "user_permissions", "groups"})
_ROLES = frozenset({"role", "user_role", "user_type", "account_type", "access_level", "roles"})
_STAFF = ("admin", "staff", "superuser", "manager", "owner", "role", "perm", "user_passes_test")


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for route, column, where in in_views(project, ID, partial(_found, project), safe=False):
        place = Place(*where)
        if place not in told:
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} lets the caller set {column} of an account.",
                attack="One request makes an ordinary account an administrator's.",
                fix='fields = ["first_name", "last_name", "email"]',
            )


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    names = endpoint.permission.names or ()
    by_staff = any(word in name.rpartition(".")[2].lower() for name in names for word in _STAFF)
    if by_staff or endpoint.who not in {Who.USER, Who.EVERYBODY}:
        return
    for effect in effects:
        rows = effect.other.what
        stored = effect.act is Act.STORES and effect.by == "ModelSerializer" and bool(sent(effect.value))
        if stored and isinstance(rows, Rows) and rows.model == "User" and _raises(project, rows, effect.name):
            yield [endpoint.told, effect.name, written((*effect.through, effect.where)[0])]
            return


def _raises(project: Project, rows: Rows, column: str) -> bool:
    """A flag, or a role where one of the choices is an administrator's."""
    if column in _FLAGS:
        return True
    if column not in _ROLES or rows.definition is None:
        return False
    module = rows.definition.module
    return any(word in module.text.lower() for word in ('"admin', "'admin", "superadmin", '"super', "'super"))
