"""Every account reads the rows of others.

The view asks for a login and nothing else, and answers with the addresses of all accounts, or with the orders,
messages or payments of everybody. Where anybody may sign up, that is one step away from a view that is open.

Reported in projects with an open sign-up. It is found where a view answers with columns of accounts that are
nobody else's business: the address, the telephone number, the last login. So are views that list a table whose rows
belong to users, and views that answer with the rows of whichever account the request names.

Silent where the code holds anything against the caller, looks the rows up by the caller, or asks for more than a
login.

Fix: filter the rows by `request.user`, answer with the columns that others may see, or ask for staff.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects.value import Kind, Rows, is_callers
from django_bearer_audit.project.effects_of import written
from django_bearer_audit.project.flow.words import has_word, parts
from django_bearer_audit.project.models import Model
from django_bearer_audit.project.owned_rows import owned_tables
from django_bearer_audit.project.routes.facts import SAFE, Endpoint, Purpose, Who
from django_bearer_audit.project.routes.only_login import nothing_but_login, open_sign_up, whole_view
from django_bearer_audit.project.routes.people import is_of_one_person, is_private, shows_others

ID = "BT816"
TITLE = "Every account reads the rows of others"
CWE = "CWE-862"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_PERSON = (
    *("user", "owner", "account", "recipient", "receiver", "sender", "customer", "client", "member", "buyer"),
    *("patient", "student", "employee"),
)
_PURPOSES = frozenset({Purpose.OTHER, Purpose.REGISTER})


def check(project: Project) -> Iterator[Hit]:
    if not open_sign_up(project):
        return
    told: set[Place] = set()
    found = [(e, each) for e in project.routes.table.endpoints if _is_read(e) for each in _found(project, e)]
    owned = owned_tables(project) if any(what[0] == "rows" for _, what in found) else frozenset()
    for endpoint, (kind, table, where) in found:
        place = Place(*where)
        if place in told or (kind == "rows" and table not in owned and not _is_private(table)):
            continue
        told.add(place)
        shown = {"account": "addresses of accounts", "rows": f"the {table} of everybody"}
        yield Hit(
            where=place,
            message=f"{endpoint.told} shows "
            f"{shown.get(kind, f'the {table} of whom the request names')} to whoever is logged in.",
            attack="Anybody signs up and copies the rows of everybody else.",
            fix="def get_queryset(self):\n    return super().get_queryset().filter(user=self.request.user)",
        )


def _is_private(table: str) -> bool:
    return is_private(table) or is_of_one_person(table)


def _is_read(endpoint: Endpoint) -> bool:
    reads = endpoint.method in SAFE or endpoint.method == "ANY"
    return reads and endpoint.who is Who.USER and endpoint.path != "?" and endpoint.purpose in _PURPOSES


def _found(project: Project, endpoint: Endpoint) -> list[Any]:
    found: list[Any] = project.routes.says(endpoint, ID, partial(_asked, project))
    return found


def _asked(project: Project, endpoint: Endpoint) -> list[Any]:
    if not nothing_but_login(project, endpoint):
        return []
    if endpoint.handler is not None and endpoint.handler.is_class and _asks_of_row(project, endpoint):
        return []
    effects = project.routes.reads_of(endpoint)
    if any(map(_asks_whose, effects)):
        return []
    told = [effect for effect in effects if effect.act is Act.RETURNS]
    kind, table = _answer(project, told, effects)
    return [[kind, table, written(whole_view(endpoint))]] if kind else []


def _asks_of_row(project: Project, endpoint: Endpoint) -> bool:
    """A permission that a generic view asks about each row; a list asks none."""
    found = (project.imports.definition(name, endpoint.where.path) for name in endpoint.permission.names or ())
    return any(f is not None and project.classes.method(f, "has_object_permission") is not None for f in found)


def _asks_whose(effect: Effect) -> bool:
    """The caller is held against something, or rows are looked up by him."""
    looked = effect.act is Act.LOOKS_UP and effect.by != "exclude" and is_callers(effect.value)
    return looked or effect.act is Act.ASKS or effect.by.endswith(("PermissionDenied", "Http404"))


def _answer(project: Project, told: list[Effect], effects: tuple[Effect, ...]) -> tuple[str, str]:
    named = {s.part for e in effects if _names_a_person(e) for s in e.other.of(Kind.STORED)}
    for effect in told:
        rows = effect.value.what
        if shows_others(effect):
            return "account", "User"
        if not isinstance(rows, Rows) or rows.caller or rows.new or not _belongs(project.models.named(_last(rows))):
            continue
        if rows.model in named:
            return "named", _last(rows)
        if not rows.one and not sent(effect.value):
            return "rows", _last(rows)
    return "", ""


def _last(rows: Rows) -> str:
    return rows.model.rpartition(".")[2]


def _names_a_person(effect: Effect) -> bool:
    """`Order.objects.filter(user_id=…)` by what was sent."""
    first = effect.name.partition("__")[0]
    return effect.act is Act.LOOKS_UP and bool(sent(effect.value)) and bool({*parts(first)} & {*_PERSON})


def _belongs(model: Model | None) -> bool:
    return model is not None and any(
        f.kind in {"ForeignKey", "OneToOneField"} and has_word(f.name, *_PERSON) for f in model.fields
    )
