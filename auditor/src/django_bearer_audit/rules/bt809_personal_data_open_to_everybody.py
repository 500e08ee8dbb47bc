"""Rows about people are read by everybody.

The view says AllowAny (or an equal) and its rows are accounts, orders, payments, messages or the like. A
list that only the front end was meant to read is read by anybody who asks.

Pages of Django that list orders, payments, accounts, students and the like for every visitor are found, too.

Plain Django views that answer the whole table as JSON count too, and those that show one order, payment or the like
by a number in the address. So do views that answer the notifications, messages or orders of whichever account the
caller names. A page of one row is found, too, where the lists of the project show such rows to their owner only.

Not reported: views that rely on the default of the project and show no accounts (the finding on the default lists
them), views that also write (reported as such), rows filtered by the caller, code that checks its callers itself.

Fix: ask for a login, and filter the rows by the caller.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache, partial

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects.value import Kind as Comes
from django_bearer_audit.project.effects.value import Rows, is_callers
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.owned_rows import owned_tables
from django_bearer_audit.project.routes.facts import Endpoint, Function, Kind, Purpose, Who
from django_bearer_audit.project.routes.people import (
    about_people,
    is_of_one_person,
    is_private,
    rows_by_number,
    shows_others,
)
from django_bearer_audit.project.routes.public_endpoints import by_view, emptied, explicit, open_writes, uses_caller
from django_bearer_audit.project.walking import walk

_ACCOUNT = re.compile(r"(\w+\.)*(Custom)?User")
_PERSON = ("user", "owner", "account", "recipient", "receiver", "customer", "client", "member", "buyer")
_LISTS = tuple(
    f"django.views.generic.{module}{name}"
    for module, name in (("", "ListView"), ("list.", "ListView"), ("", "DetailView"), ("detail.", "DetailView"))
)

ID = "BT809"
TITLE = "Personal data open to everybody"
CWE = "CWE-306"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    written = {endpoint.view for view in open_writes(project.routes) for endpoint in view.endpoints}
    chosen = [e for e in project.routes.table.endpoints if _open_read(e) and e.view not in written]
    owned = cache(lambda: owned_tables(project))
    for group in by_view(chosen):
        model = next((m for e in group if (m := _model(project, e, owned))), None)
        if model and group[0].kind is Kind.REST and not explicit(group[0]) and not _ACCOUNT.fullmatch(model):
            continue  # the finding on the default lists it
        if model and not _shared_cause(group[0], written):
            for cause in _causes(group):
                yield _hit(cause, model)


def _causes(group: list[Endpoint]) -> list[list[Endpoint]]:
    """One list that opens a view, or each of its methods where the default does."""
    found: dict[Place, list[Endpoint]] = {}
    for endpoint in group:
        found.setdefault(endpoint.permission.where or endpoint.where, []).append(endpoint)
    return list(found.values())


def _hit(group: list[Endpoint], model: str) -> Hit:
    first = group[0]
    reached = ", ".join(dict.fromkeys(e.told for e in group))
    return Hit(
        where=first.permission.where or first.where,
        message=f"{reached}: rows of {model} for everybody. Permission: {first.permission}.",
        attack="A script walks the ids and copies the table.",
        fix="permission_classes = [IsAuthenticated]\n# and get_queryset() filtered by self.request.user",
    )


def _open_read(endpoint: Endpoint) -> bool:
    return _rest_read(endpoint) or _plain_read(endpoint)


def _plain_read(endpoint: Endpoint) -> bool:
    """A plain view that nothing protects; what it answers is looked at below."""
    private = endpoint.who is Who.EVERYBODY and endpoint.purpose is Purpose.OTHER
    return private and endpoint.kind is Kind.DJANGO and endpoint.method in {"GET", "ANY"}


def _rest_read(endpoint: Endpoint) -> bool:
    return (
        endpoint.kind is Kind.REST
        and endpoint.who is Who.EVERYBODY
        and endpoint.method == "GET"
        and endpoint.path != "?"
        and endpoint.purpose in {Purpose.OTHER, Purpose.REGISTER}
        and not emptied(endpoint)
    )


def _shared_cause(endpoint: Endpoint, written: set[str]) -> bool:
    """The same view's writes are reported already."""
    if endpoint.kind is Kind.DJANGO:
        return endpoint.view in written
    return any(view.rpartition(".")[0] == endpoint.view.rpartition(".")[0] for view in written if "." in view)


def _model(project: Project, endpoint: Endpoint, owned: Callable[[], frozenset[str]]) -> str | None:
    """The model whose rows the view answers: its `queryset`, or what its code asks the ORM for."""
    handler = endpoint.handler
    if handler is None:
        return None
    mine = [str(name) for name in project.routes.says(endpoint, f"{ID} of whom", partial(_of_whom, project))]
    if mine:
        return mine[0]
    if project.routes.says(endpoint, f"{ID} accounts", partial(_accounts, project)):
        return "User"
    if endpoint.kind is Kind.DJANGO and (shown := _shown(project, endpoint, owned)):
        return shown
    if isinstance(handler.node, ast.ClassDef):
        found = project.classes.attribute(handler.owner, "queryset") if handler.owner else None
        return about_people(found.value) if found else None
    code = [piece for _, piece in project.routes.code_of(endpoint)]
    if endpoint.kind is Kind.DJANGO:
        by_number = _by_number(endpoint, code)
        if by_number or not any(_answers_json(piece) for piece in code):
            return by_number
    return next((name for piece in code for name in _whole_tables(piece)), None)


def _of_whom(project: Project, endpoint: Endpoint) -> list[str]:
    """`Notification.objects.filter(to_user_id=request.GET["user"])`: one person's, of whom the caller names."""
    effects = project.routes.effects_of(endpoint)
    told = {s.part for e in effects if e.act is Act.RETURNS for s in e.value.of(Comes.STORED, Comes.KNOWN)}
    told |= {e.value.what.model for e in effects if e.act is Act.RETURNS and isinstance(e.value.what, Rows)}
    return [
        source.part.rpartition(".")[2]
        for effect in effects
        if effect.act is Act.LOOKS_UP and sent(effect.value) and has_word(effect.name, *_PERSON)
        for source in effect.other.of(Comes.STORED)
        if source.part in told and is_of_one_person(source.part)
    ]


def _accounts(project: Project, endpoint: Endpoint) -> bool:
    """The address or telephone number of an account that the request names, or of all of them."""
    effects = project.routes.reads_of(endpoint)
    proved = any(e.act in {Act.CHECKS, Act.OPENS, Act.ASKS, Act.ISSUES, Act.CREATES} for e in effects)
    mine = any(e.act is Act.LOOKS_UP and is_callers(e.value) for e in effects)
    return not proved and not mine and any(map(shows_others, effects))


def _shown(project: Project, endpoint: Endpoint, owned: Callable[[], frozenset[str]]) -> str | None:
    """The whole table that a page shows: Django's ListView, or rows that code puts into a template."""
    handler = endpoint.handler
    owner = handler.owner if handler is not None else None
    if handler is not None and handler.is_class and owner is not None:
        if not project.routes.is_plain_edit(owner, _LISTS):
            return None
        name = project.routes.told(owner, "model") or project.routes.told(owner, "queryset").partition(".objects")[0]
        kept = "<" in endpoint.path and name.rpartition(".")[2] in owned()
        return name if is_private(name) or kept else None
    if uses_caller(project.routes, endpoint) or "<" in endpoint.path:
        return None
    whole = [str(name) for name in project.routes.says(endpoint, ID, partial(_in_template, project))]
    return next((name for name in whole if is_private(name) or name in owned()), None)


def _in_template(project: Project, endpoint: Endpoint) -> list[str]:
    found = []
    for effect in project.routes.effects_of(endpoint):
        rows = effect.value.what
        whole = effect.act is Act.RETURNS and isinstance(rows, Rows) and not rows.one and not rows.caller
        if whole and isinstance(rows, Rows) and rows.model and not effect.value.of(Comes.REQUEST):
            found.append(rows.model.rpartition(".")[2])
    return found


def _by_number(endpoint: Endpoint, code: list[Function]) -> str | None:
    """The deal whose page anybody opens who counts its number up."""
    if "<" not in endpoint.path or "<uuid:" in endpoint.path:
        return None
    return next((name for piece in code[:1] for name in rows_by_number(piece)), None)


def _answers_json(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "JsonResponse" for node in walk(function))


def _whole_tables(function: ast.AST) -> Iterator[str]:
    """`Customer.objects.all()` and `.values()`: the table, not a look-up of one row."""
    for node in walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=rows, attr="all" | "values" | "values_list")) if (
                name := about_people(rows)
            ):
                yield name
            case _:
                pass
