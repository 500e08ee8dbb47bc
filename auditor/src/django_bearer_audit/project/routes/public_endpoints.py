"""Open endpoints that change state, gathered by view: what the rules on missing authentication judge."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import Grown, How, Rows, Value
from django_bearer_audit.project.effects.value import Kind as Comes
from django_bearer_audit.project.routes import Routes
from django_bearer_audit.project.routes.checks import has_secret_in_path
from django_bearer_audit.project.routes.effects import asks_rows, runs_program, writes
from django_bearer_audit.project.routes.facts import Endpoint, Handler, Kind, Purpose, Source, Who
from django_bearer_audit.project.routes.privileges import Grant, grants
from django_bearer_audit.project.source import Spot
from django_bearer_audit.project.walking import walk

_EDITS = tuple(
    f"django.views.generic.{module}{name}" for module in ("", "edit.") for name in ("UpdateView", "DeleteView")
)
_MAKES = ("django.views.generic.CreateView", "django.views.generic.edit.CreateView")
_COUNTS = re.compile(
    r"count|views?$|hits?$|seen|last|visit|click|read|opened|download|token|code|confirm|verified|cache|popular|score|rank"
)
_GENERIC = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class OpenView(NamedTuple):
    """A view that anybody may use, with the endpoints of it that are open."""

    endpoints: tuple[Endpoint, ...]
    where: Place

    @property
    def first(self) -> Endpoint:
        return self.endpoints[0]

    @property
    def name(self) -> str:
        """The class or function, without its module."""
        parts = self.first.view.split(".")
        owned = self.first.handler is not None and bool(self.first.handler.name)
        action = owned and parts[-1].islower() and len(parts) > 1
        if not action:
            return parts[-1]
        return parts[-2] if len({e.view for e in self.endpoints}) > 1 else ".".join(parts[-2:])

    def told(self) -> str:
        """Its routes, as a reader of a finding should see them."""
        seen = list(dict.fromkeys(f"{e.method} /{e.path.lstrip('/')}" for e in self.endpoints if e.path != "?"))
        rest = f" and {len(seen) - 6} more" if len(seen) > 6 else ""
        return (", ".join(seen[:6]) + rest) or "no route of this tree leads to it yet"

    @property
    def routed(self) -> bool:
        return any(endpoint.path != "?" for endpoint in self.endpoints)


def open_writes(routes: Routes) -> Iterator[OpenView]:
    """Views whose state-changing methods ask nobody who they are, though nothing says they are public."""
    chosen = [e for e in routes.table.endpoints if _is_open(e) and _is_private(e) and changes(routes, e)]
    chosen += _makers(routes, chosen)
    unrouted: dict[str, list[Endpoint]] = {}
    for group in by_view(chosen):
        if list(privileges(routes, group)):
            continue
        if any(endpoint.path != "?" for endpoint in group):
            yield OpenView(tuple(group), _place(group))
        else:
            unrouted.setdefault(group[0].where.path, []).extend(group)
    for group in unrouted.values():  # what nothing leads to yet is told once for each file
        yield OpenView(tuple(group), _place(by_view(group)[0]))


def _makers(routes: Routes, edits: list[Endpoint]) -> list[Endpoint]:
    """Django's CreateView beside a view that overwrites or deletes such rows: pages of those who run the site.

    Alone it may be a form for everybody.
    """
    edited = {
        what for e in edits if e.handler is not None and e.handler.is_class for what in _what(routes, e.handler)
    }
    return [
        e
        for e in routes.table.endpoints
        if e.kind is Kind.DJANGO
        and e.method == "POST"
        and _is_open(e)
        and e.purpose is Purpose.OTHER
        and e.handler is not None
        and e.handler.owner is not None
        and routes.is_plain_edit(e.handler.owner, _MAKES)
        and _what(routes, e.handler) & edited
    ]


def _what(routes: Routes, handler: Handler) -> set[str]:
    """The table or form of a generic view, as it is written there."""
    told = (routes.told(handler.owner, name) for name in ("model", "form_class")) if handler.owner is not None else ()
    return {each for each in told if each}


def by_view(endpoints: list[Endpoint]) -> list[list[Endpoint]]:
    """Endpoints of one view and one cause together."""
    groups: dict[tuple[Spot, Place | None], list[Endpoint]] = {}
    for endpoint in endpoints:
        if endpoint.handler is not None:
            cause = endpoint.permission.where if endpoint.permission.source is Source.VIEW else None
            groups.setdefault((endpoint.handler.view, cause), []).append(endpoint)
    return list(groups.values())


def explicit(endpoint: Endpoint) -> bool:
    """The view itself (or its URLconf, or a base class of the project) says that it is open."""
    return endpoint.permission.source in {Source.VIEW, Source.INHERITED, Source.URLCONF} and bool(
        endpoint.permission.where
    )


def emptied(endpoint: Endpoint) -> bool:
    """The list of permissions is there, and empty."""
    return explicit(endpoint) and endpoint.permission.names == () and endpoint.kind is Kind.REST


def privileges(routes: Routes, endpoints: list[Endpoint]) -> Iterator[tuple[Endpoint, Grant, Place]]:
    for endpoint in endpoints:
        for module, piece in routes.code_of(endpoint):
            for grant in grants(piece):
                yield endpoint, grant, module.place(grant.node)


def changes(routes: Routes, endpoint: Endpoint) -> bool:
    """Whether the endpoint writes rows: its code does, or the generic view behind it."""
    if endpoint.handler is None:
        return False
    if endpoint.safe:
        return endpoint.kind is Kind.REST and not endpoint.handler.is_class and _told_by_address(routes, endpoint)
    if endpoint.kind is Kind.DJANGO:
        return _django_changes(routes, endpoint)
    generic = endpoint.handler.is_class
    return generic or any(True for _, piece in routes.code_of(endpoint) for _ in writes(piece))


def _told_by_address(routes: Routes, endpoint: Endpoint) -> bool:
    """A GET whose address says which row becomes what, or is deleted; a page that counts its readers is not meant."""
    effects = routes.effects_of(endpoint)
    sets = any(
        e.act is Act.STORES and e.by == "column" and not _COUNTS.search(e.name) and _by_address(e.value)
        for e in effects
    )
    saved = any(effect.act is Act.STORES and effect.by == "save" for effect in effects)
    ends = any(e.act is Act.ENDS and e.by == "delete" and _by_address(e.value) for e in effects)
    return (sets and saved) or ends


def _by_address(value: Value) -> bool:
    return any(source.part in {"GET", "query_params", "path"} for source in value.of(Comes.REQUEST))


def acts(routes: Routes, endpoint: Endpoint) -> bool:
    """Whether its code runs a program, whatever the method."""
    return any(runs_program(piece) for _, piece in routes.code_of(endpoint))


def touches_rows(routes: Routes, endpoint: Endpoint) -> bool:
    """A generic view, or code that asks the ORM for something."""
    if endpoint.handler is None:
        return False
    generic = endpoint.handler.is_class
    return generic or any(asks_rows(piece) for _, piece in routes.code_of(endpoint))


def _django_changes(routes: Routes, endpoint: Endpoint) -> bool:
    """Sites have many public forms: only rows named in the URL, or a switched-off CSRF check, count."""
    named = "<" in endpoint.path and not _by_long_key(routes, endpoint)
    exempt = endpoint.csrf.names == () and endpoint.csrf.source is Source.VIEW
    if not (named or exempt):
        return _by_sent_number(routes, endpoint)
    if exempt:
        return any(True for _, piece in routes.code_of(endpoint) for _ in writes(piece))
    own = endpoint.handler.node if endpoint.handler else None
    if own is None or isinstance(own, ast.ClassDef):
        return own is not None and endpoint.handler is not None and _is_edit(routes, endpoint.handler)
    if any(map(_given_request, writes(own))) or _only_makes(routes, endpoint):
        return False
    return any(_touches_one(call, _takes_input(own)) for call in writes(own)) or _switches(routes, endpoint)


def _by_sent_number(routes: Routes, endpoint: Endpoint) -> bool:
    """A form without a page: the number of a row is sent, and the row is told what to be, joined or deleted."""
    own = endpoint.handler.node if endpoint.handler is not None else None
    if own is None or isinstance(own, ast.ClassDef) or "session" in ast.unparse(own) or uses_caller(routes, endpoint):
        return False
    effects = routes.effects_of(endpoint)
    if not any(_sent_number(effect) for effect in effects):
        return False
    told = any(e.act is Act.STORES and e.by == "column" and e.value.of(Comes.REQUEST) for e in effects)
    saved = any(e.act is Act.STORES and e.by == "save" for e in effects)
    ends = any(e.act is Act.ENDS and e.by == "delete" and e.value.of(Comes.REQUEST) for e in effects)
    return (told and saved) or ends or any(map(_joins, walk(own)))


def _sent_number(effect: Effect) -> bool:
    asked = effect.act is Act.LOOKS_UP and effect.name in {"id", "pk"}
    return asked and any(s.part in {"POST", "data", "body"} for s in effect.value.of(Comes.REQUEST))


def _joins(node: ast.AST) -> bool:
    """`group.members.add(user)`: many rows are joined, or parted."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name()), attr="add" | "remove"), args=[_]):
            return True
        case _:
            return False


def _by_long_key(routes: Routes, endpoint: Endpoint) -> bool:
    """The row is named by a text that its table makes: whoever knows it was told it."""
    if "<uuid:" in endpoint.path or "<int:" in endpoint.path:
        return False
    keys = [e for e in routes.effects_of(endpoint) if e.act is Act.LOOKS_UP and e.name in {"pk", "id"}]
    return bool(keys) and any(
        e.other.was(How.LONG) and any(s.part == "path" for s in e.value.of(Comes.REQUEST)) for e in keys
    )


def _switches(routes: Routes, endpoint: Endpoint) -> bool:
    """`row.active = False`, or `row.deactivate()`: the row that the address names by its number is set and saved."""
    effects = routes.effects_of(endpoint)
    if not any(_by_number(e) for e in effects) or any(e.act in {Act.CHECKS, Act.OPENS} for e in effects):
        return False
    if has_secret_in_path(endpoint.path):
        return False
    tables = {s.part for e in effects if _by_number(e) for s in e.other.of(Comes.STORED)}
    own = [e for e in effects if e.act is Act.STORES and not e.through and _of_table(e, tables)]
    if any(e.by == "save" for e in own) and any(e.by == "column" and _is_set(e) for e in own):
        return True
    saves = _saves(endpoint)
    inner = [e for e in effects if e.act is Act.STORES and e.through and not saves & {*e.through}]
    saved = {effect.where.path for effect in inner if effect.by == "save"}
    return any(
        effect.by == "column" and effect.where.path in saved and effect.name and _is_set(effect) for effect in inner
    )


def _only_makes(routes: Routes, endpoint: Endpoint) -> bool:
    """A comment below a post: what is saved is new, and the row that the address names stays as it is."""
    effects = routes.effects_of(endpoint)
    saved = [e.other.what for e in effects if e.act is Act.STORES and e.by == "save"]
    ends = any(effect.act is Act.ENDS for effect in effects)
    return bool(saved) and not ends and all(isinstance(each, Rows) and each.new for each in saved)


def _saves(endpoint: Endpoint) -> set[Place]:
    """Where the view calls `row.save()`: what a model notes in a `save` of its own, nobody asked for."""
    handler = endpoint.handler
    found = writes(handler.node) if handler is not None else ()
    calls = [each for each in found if isinstance(each.func, ast.Attribute) and each.func.attr == "save"]
    return {handler.module.place(each) for each in calls} if handler is not None else set()


def _of_table(effect: Effect, tables: set[str]) -> bool:
    rows = effect.other.what
    return isinstance(rows, Rows) and rows.one and not rows.new and rows.model in tables


def _by_number(effect: Effect) -> bool:
    asked = effect.act is Act.LOOKS_UP and effect.name in {"id", "pk"}
    return asked and any(source.part == "path" for source in effect.value.of(Comes.REQUEST))


def _is_set(effect: Effect) -> bool:
    """It is told what to be: a page that counts its readers, or notes when it was read, changes nothing."""
    grown = effect.value.of(Comes.STORED) or effect.value.of(Comes.CLOCK) or isinstance(effect.value.what, Grown)
    return not grown and not _COUNTS.search(effect.name)


def _is_edit(routes: Routes, handler: Handler) -> bool:
    """Django's UpdateView or DeleteView: the row that the address names is overwritten or deleted."""
    return handler.owner is not None and routes.is_plain_edit(handler.owner, _EDITS)


def _touches_one(call: ast.Call, takes_input: bool) -> bool:
    """A row that exists is deleted, or changed by what was sent; a page that keeps a count is not meant."""
    verb = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return verb in {"delete", "adelete"} or (takes_input and verb in {"update", "save", "execute"})


def _given_request(call: ast.Call) -> bool:
    """`form.save(request)`: a method of the project's own, that is told who is calling."""
    return any(isinstance(each, ast.Name) and each.id == "request" for each in call.args)


def _takes_input(function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"POST", "FILES", "body", "is_valid"}
        for node in walk(function)
    )


def uses_caller(routes: Routes, endpoint: Endpoint) -> bool:
    """The code reads `request.user`: for somebody who is not logged in it will mostly fail by accident."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "user"
        and getattr(node.value, "id", getattr(node.value, "attr", "")) == "request"
        for _, piece in routes.code_of(endpoint)
        for node in walk(piece)
    )


def _is_open(endpoint: Endpoint) -> bool:
    return endpoint.who is Who.EVERYBODY and not emptied(endpoint)


def _is_private(endpoint: Endpoint) -> bool:
    """A sign-up may be open; the generic view behind it that also overwrites and deletes may not."""
    generic = endpoint.handler is not None and endpoint.handler.is_class
    return endpoint.purpose is Purpose.OTHER or (generic and endpoint.method in {"PUT", "PATCH", "DELETE"})


def _place(group: list[Endpoint]) -> Place:
    """The list that opens the view, else its open methods, first to last."""
    first = group[0]
    if first.permission.source is Source.VIEW and first.permission.where is not None:
        return first.permission.where
    own = [e.where for e in group if e.handler is not None and not e.handler.is_class]
    places = [place for place in own if place.path == first.where.path] or [first.where]
    return Place(places[0].path, min(p.line_start for p in places), max(p.line_end for p in places))
