"""Every account changes all rows.

The view asks for a login and nothing else: its rows are all rows of the table, whoever they belong to. Where
anybody may sign up, that is one step away from a view that is open to everybody.

Reported for generic views of REST framework over tables whose rows belong to a user, and over the accounts
themselves, in projects with an open sign-up; for Django's own views that fetch a row by its number and change it.
So are views that make a row in the name of the account that the request names, or credit that account. A table
that notes by itself who made a row is left alone, and a transfer that takes from the caller.
Silent where the view, a base class, a permission or a filter of the project looks at who is calling.

Fix: `get_queryset()` filtered by `self.request.user`, or a permission with `has_object_permission`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.anothers_name import in_the_name_of, kept_of_caller
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import Grown, Rows
from django_bearer_audit.project.effects.value import Kind as Comes
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.models import Model
from django_bearer_audit.project.owned_rows import owned_tables
from django_bearer_audit.project.owners import belongs
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Who
from django_bearer_audit.project.routes.only_login import nothing_but_login, open_sign_up, whole_view
from django_bearer_audit.project.routes.public_endpoints import by_view
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT813"
TITLE = "Every account changes all rows"
CWE = "CWE-862"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_CALLER = re.compile(r"\brequest\.user\b|\buser\b|\bowner\b|\bauthor\b|\bcustomer\b|\bprofile\b")
_MORE = re.compile(r"role|staff|admin|superuser|perm\(|group|owner|member|tenant|has_perm|is_\w*(teacher|doctor)")
_REFUSES = re.compile(r"perm|owner|allowed|authoriz|can_\w+|check_\w+|forbid", re.I)
_ONLY_LOGIN = frozenset({"rest_framework.permissions.IsAuthenticated"})
_FILTERS = ("rest_framework.filters.", "django_filters.")
_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})
_LOOKS = re.compile(
    r"\b(user|owner|author|creator|perm\w*|role\w*|staff|admin\w*|superuser|tenant\w*|organi[sz]ation\w*|workspace\w*|team\w*"
    r"|company|member\w*|group\w*|is_owner|profile|account|customer|student|teacher|doctor|patient|employee|seller"
    r"|vendor|request\.auth|PermissionDenied|Forbidden|HTTP_403\w*|403)\b",
    re.I,
)
_PAGES = tuple(
    f"django.views.generic.{module}{name}" for module in ("", "edit.") for name in ("UpdateView", "DeleteView")
)
_OWN_CODE = ("dispatch", "test_func", "has_permission", "form_valid", "delete", "post", "get", "get_form_kwargs")
_TELLS = frozenset(
    {"get_or_create", "create", "update_or_create", "save", "render", "Response", "JsonResponse", "print"}
    | {"add_message", "success", "error", "info", "warning", "debug"}
)
"""Calls that ask for nothing, whatever they are given."""
_NUMBERED = frozenset({"path", "POST", "data", "body"})
_USERS = ("AbstractUser", "AbstractBaseUser", "PermissionsMixin")


def check(project: Project) -> Iterator[Hit]:
    routes = project.routes
    if not open_sign_up(project):
        return
    yield from _by_code(project)
    yield from _by_pages(project)
    chosen = [e for e in routes.table.endpoints if _asks_for_login_only(e) and e.path != "?"]
    noted = set(in_views(project, f"{ID} notes", _notes_caller, safe=False)) if chosen else set()
    for group in by_view(chosen):
        model = _rows_of(project, group[0], noted)
        if model is not None:
            yield _hit(group, model)


def _by_code(project: Project) -> Iterator[Hit]:
    """Code of a view's own that finds a row by its number and changes or deletes it, whoever it belongs to."""
    for route, table, where in in_views(project, ID, partial(_changed_by_number, project)):
        yield Hit(
            where=Place(*where),
            message=f"{route} changes {table} by a number that is sent, whoever it belongs to.",
            attack="Anybody signs up, counts the numbers up and changes the rows of everybody else.",
            fix="get_object_or_404(Row, pk=pk, owner=request.user)",
        )

    for route, table, where in in_views(project, f"{ID} named", partial(in_the_name_of, project), safe=False):
        yield Hit(
            where=Place(*where),
            message=f"{route} makes or changes the {table} of the account that the request names.",
            attack="Anybody signs up, names somebody else's account and acts for it.",
            fix="Row.objects.create(user=request.user)",
        )
    read = list(in_views(project, f"{ID} reads", partial(_read_by_number, project)))
    owned = owned_tables(project) if read else frozenset()
    for route, table, where in read:
        if table in owned:
            yield Hit(
                where=Place(*where),
                message=f"{route} shows the row of {table} that its address names, whoever it belongs to.",
                attack="Anybody signs up, counts the numbers up and reads the rows of everybody else.",
                fix="get_object_or_404(Row, pk=pk, owner=request.user)",
            )


def _by_pages(project: Project) -> Iterator[Hit]:
    """UpdateView and DeleteView of Django behind a login, over all rows of a table that belong to users."""
    told: set[str] = set()
    for endpoint in project.routes.table.endpoints:
        handler = endpoint.handler
        owner = handler.owner if handler is not None and handler.is_class else None
        closed = endpoint.kind is Kind.DJANGO and endpoint.who is Who.USER and "<" in endpoint.path
        if owner is None or not closed or owner.name in told or not nothing_but_login(project, endpoint):
            continue
        told.add(owner.name)
        named = project.routes.told(owner, "queryset").partition(".objects")[0]
        told_of = project.routes.told(owner, "model") or named
        model = project.models.named(told_of.rpartition(".")[2])
        looks = _is_more_than_login(project, owner)
        if model is not None and belongs(model) and not looks and project.routes.is_plain_edit(owner, _PAGES):
            last = getattr(owner.node, "end_lineno", None) or endpoint.where.line_end
            yield Hit(
                where=Place(endpoint.where.path, endpoint.where.line_start, last),
                message=f"/{endpoint.path} changes the {model.node.name} that its address names, of any user.",
                attack="Anybody signs up, counts the numbers up and changes the rows of everybody else.",
                fix="def get_queryset(self):\n    return super().get_queryset().filter(user=self.request.user)",
            )


def _is_more_than_login(project: Project, view: Definition) -> bool:
    """A permission, a test, or code of its own may ask whose row it is; so may a base class that is not Django's."""
    above = [each for each in project.classes.ancestry(view) if isinstance(each, str)]
    asks = any(re.search(r"Permission|Passes|Owner|Author|Staff|Superuser", each) for each in above)
    foreign = any(not each.startswith(("django.", "object")) for each in above)
    required = project.classes.attribute(view, "permission_required") is not None
    return asks or foreign or required or any(map(_may_ask, _own_code(project, view)))


def _own_code(project: Project, view: Definition) -> Iterator[Definition]:
    methods = ((name, project.classes.method(view, name)) for name in _OWN_CODE)
    return (method for _, method in methods if method is not None)


def _may_ask(method: Definition) -> bool:
    """What is done with a form that is right asks only where it says so; any other method may ask."""
    named = getattr(method.node, "name", "")
    return named != "form_valid" or any(map(_asks_about_caller, walk(method.node)))


def _changed_by_number(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    if endpoint.who is not Who.USER or not nothing_but_login(project, endpoint):
        return
    tables = {s.part.rpartition(".")[2] for e in effects if _is_by_number(e) for s in e.other.of(Comes.STORED)}
    if "User" in tables and _changes_account(effects) and not _is_asked(project, endpoint):
        yield [endpoint.told, "an account", written(whole_view(endpoint))]
        return
    owned = next((m for name in sorted(tables) if (m := project.models.named(name)) is not None and belongs(m)), None)
    if owned is None or not any(_changes_it(effect, owned) for effect in effects):
        return
    if not _is_asked(project, endpoint):
        yield [endpoint.told, f"the row of {owned.node.name}", written(whole_view(endpoint))]


def _read_by_number(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """The row that the address names is answered with, and nothing asks whose it is."""
    if endpoint.who is not Who.USER or "<" not in endpoint.path or not nothing_but_login(project, endpoint):
        return
    tables = {s.part for e in effects if _is_by_number(e) for s in e.other.of(Comes.STORED)}
    told = {e.value.what.model for e in effects if e.act is Act.RETURNS and isinstance(e.value.what, Rows)}
    for table in sorted(tables & told):
        if not _is_asked(project, endpoint):
            yield [endpoint.told, table.rpartition(".")[2], written(whole_view(endpoint))]


def _is_asked(project: Project, endpoint: Endpoint) -> bool:
    """The code looks at who is calling, or leaves that to a `get_object` of the framework."""
    code = [piece for _, piece in project.routes.code_of(endpoint)]
    owner = endpoint.handler.owner if endpoint.handler is not None else None
    known = project.classes.method(owner, "get_object") if owner is not None else None
    by_itself = known is None and any("get_object(" in ast.unparse(piece) for piece in code)
    if by_itself or any(_asks_about_caller(node) for piece in code for node in walk(piece)):
        return True
    mine = {name for piece in code for node in walk(piece) for name in kept_of_caller(node)}
    return any(_asks_by(node, mine) for piece in code for node in walk(piece)) if mine else False


def _asks_by(node: ast.AST, names: set[str]) -> bool:
    """A row is looked for by what was kept of the caller, or held against it."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords) if name in {"filter", "get", "exclude"}:
            return any(isinstance(k.value, ast.Name) and k.value.id in names for k in keywords)
        case ast.Compare(left=left, comparators=others):
            return any(isinstance(each, ast.Name) and each.id in names for each in (left, *others))
        case _:
            return False


def _changes_account(effects: tuple[Effect, ...]) -> bool:
    """Something of the account is saved or deleted; what the caller makes in his own name is another thing."""
    mine = any(isinstance(e.value.what, Rows) and e.value.what.caller for e in effects if e.act is Act.STORES)
    saved = any(e.act is Act.STORES and e.by == "save" and not isinstance(e.value.what, Grown) for e in effects)
    return not mine and (saved or any(e.act is Act.ENDS and e.by == "delete" for e in effects))


def _is_by_number(effect: Effect) -> bool:
    numbered = effect.act is Act.LOOKS_UP and effect.name in {"id", "pk", "id__in", "pk__in"}
    return numbered and any(source.part in _NUMBERED for source in effect.value.of(Comes.REQUEST))


def _changes_it(effect: Effect, model: Model) -> bool:
    rows = effect.other.what if effect.act is Act.STORES else effect.value.what
    named = isinstance(rows, Rows) and rows.model.rpartition(".")[2] == model.node.name
    if effect.act is Act.ENDS:
        return effect.by == "delete" and named
    by_hand = effect.by == "column" and not isinstance(effect.value.what, Grown)
    return effect.act is Act.STORES and named and (by_hand or effect.by == "ModelSerializer")


def _asks_about_caller(node: ast.AST) -> bool:
    """The caller stands in a comparison, a condition, a query or a call that may refuse."""
    match node:
        case ast.Compare():
            return bool(_CALLER.search(ast.unparse(node)))
        case ast.If(test=test):
            return bool(_CALLER.search(ast.unparse(test)) or _MORE.search(ast.unparse(test)))
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            if name in _TELLS:
                return False
            if name in {"check_object_permissions", "has_perm", "PermissionDenied"} or _REFUSES.search(name):
                return True
            given = [each for value in (*node.args, *(k.value for k in node.keywords)) for each in walk(value)]
            said = [ast.unparse(each) for each in given if isinstance(each, ast.Name | ast.Attribute)]
            return any(_CALLER.search(each) for each in said) and name not in {"f", "get", "set", "format"}
        case _:
            return False


def _asks_for_login_only(endpoint: Endpoint) -> bool:
    generic = endpoint.handler is not None and endpoint.handler.is_class
    names = endpoint.permission.names
    only = bool(names) and set(names or ()) <= _ONLY_LOGIN
    return (
        endpoint.kind is Kind.REST and endpoint.who is Who.USER and only and generic and endpoint.method in _CHANGES
    )


def _notes_caller(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[str]:
    """Tables in which a view notes the name or number of whoever makes a row, in a column of text."""
    for effect in effects if endpoint.who is Who.USER else ():
        rows, kept = effect.other.what, effect.value.of(Comes.KNOWN)
        by_name = any(s.part == "User" and s.name in {"username", "email", "id", "pk"} for s in kept)
        if effect.act is Act.STORES and by_name and isinstance(rows, Rows) and rows.new and rows.model != "User":
            yield rows.model.rpartition(".")[2]


def _rows_of(project: Project, endpoint: Endpoint, noted: set[str]) -> Model | None:
    """The table, where its rows belong to users and nothing of the view looks at who is calling."""
    owner = endpoint.handler.owner if endpoint.handler is not None else None
    if owner is None or not _is_plain(project, owner) or not _filters_are_plain(project, owner):
        return None
    model = _model(project, owner)
    if model is None:
        return None
    return model if _is_account(project, model) or belongs(model) or model.node.name in noted else None


def _is_plain(project: Project, view: Definition) -> bool:
    """All base classes are known, and no code of theirs looks at the caller where rows are chosen or changed."""
    for above in project.classes.ancestry(view):
        if isinstance(above, str):
            if not above.startswith(("rest_framework.", "django.", "object", "typing.")):
                return False
        elif isinstance(above.node, ast.ClassDef):
            for statement in above.node.body:
                if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and _looks(statement):
                    return False
    return True


def _looks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if function.name in {"perform_create", "create", "list", "get_serializer_class", "get_serializer_context"}:
        return False
    return any(
        _LOOKS.search(each)
        for node in walk(function)
        for each in (getattr(node, "attr", ""), getattr(node, "id", ""), str(getattr(node, "arg", "") or ""))
        if each not in {"User", "get_user_model"}
    )


def _filters_are_plain(project: Project, view: Definition) -> bool:
    found = project.classes.attribute(view, "filter_backends")
    if found is None:
        return True
    named = [node for node in walk(found.value) if isinstance(node, ast.Name | ast.Attribute)]
    names = [project.qualname(found.owner.module, node) or "" for node in named if not _is_part(node, named)]
    return all(name.startswith(_FILTERS) for name in names)


def _is_part(node: ast.AST, named: list[ast.Name | ast.Attribute]) -> bool:
    return any(isinstance(each, ast.Attribute) and each.value is node for each in named)


def _model(project: Project, view: Definition) -> Model | None:
    """What `queryset`, or the query that `get_queryset` answers, is about."""
    found = project.classes.attribute(view, "queryset")
    if found is not None:
        return _asked(project, found.owner.module, found.value)
    method = project.classes.method(view, "get_queryset")
    if method is None or isinstance(method.node, ast.ClassDef):
        return None
    asked = [_asked(project, method.module, node) for node in walk(method.node) if isinstance(node, ast.Attribute)]
    return next((model for model in asked if model is not None), None)


def _asked(project: Project, module: Module, node: ast.AST) -> Model | None:
    for each in walk(node):
        match each:
            case ast.Attribute(attr="objects", value=ast.Name() | ast.Attribute() as name):
                dotted = project.qualname(module, name) or ast.unparse(name)
                last = dotted.rpartition(".")[2]
                known = _account(project) if last in {"User", "get_user_model"} else None
                return project.models.named(last) or known
            case _:
                pass
    return None


def _account(project: Project) -> Model | None:
    return next((model for model in project.models.all if _is_account(project, model)), None)


def _is_account(project: Project, model: Model) -> bool:
    above = [each.rpartition(".")[2] for each in project.classes.ancestry(model.definition) if isinstance(each, str)]
    return any(each in _USERS for each in above)


def _hit(group: list[Endpoint], model: Model) -> Hit:
    first = group[0]
    accounts = model.node.name.endswith(("User", "Account"))
    reached = ", ".join(dict.fromkeys(f"{e.method} /{e.path.lstrip('/')}" for e in group))
    return Hit(
        where=_place(first),
        message=f"{reached}: rows of {model.node.name} of all users, for whoever is logged in.",
        attack="Anybody signs up and changes or deletes the rows of everybody else.",
        fix="def get_queryset(self):\n    return super().get_queryset().filter(owner=self.request.user)",
        severity=Severity.HIGH if accounts else None,
    )


def _place(endpoint: Endpoint) -> Place:
    """From the head of the view to the list that says who may enter."""
    listed = endpoint.permission.where
    head = endpoint.where
    if listed is None or listed.path != head.path or listed.line_start < head.line_start:
        return head
    return Place(head.path, head.line_start, listed.line_end)
