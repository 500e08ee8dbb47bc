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
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import Grown, Rows, is_callers
from django_bearer_audit.project.effects.value import Kind as Comes
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.models import Field, Model
from django_bearer_audit.project.owned_rows import owned_tables
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose, Who
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

_TO_USER = re.compile(r"\bUser\b|AUTH_USER_MODEL|get_user_model|CustomUser|\.User\b")
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
_OWNERS = frozenset({"user", "owner", "account", "customer", "client", "member", "patient", "student", "buyer"})
_AMOUNTS = frozenset(
    {"balance", "points", "credit", "credits", "coins", "amount", "wallet", "tokens", "score", "xp", "saldo"}
)
_MAKERS = frozenset(
    {"created_by", "creator", "author", "added_by", "made_by", "uploaded_by", "submitted_by", "sender", "invited_by"}
)
"""Columns that say who made a row, where another one says whom it is about."""
_READS = frozenset({"get", "filter", "exclude", "has_perm", "has_perms", "check_password", "startswith", "endswith"})
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

    for route, table, where in in_views(project, f"{ID} named", partial(_in_the_name_of, project), safe=False):
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
        if model is not None and _belongs(model) and not looks and project.routes.is_plain_edit(owner, _PAGES):
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
    owned = next(
        (m for name in sorted(tables) if (m := project.models.named(name)) is not None and _belongs(m)), None
    )
    if owned is None or not any(_changes_it(effect, owned) for effect in effects):
        return
    if not _is_asked(project, endpoint):
        yield [endpoint.told, f"the row of {owned.node.name}", written(whole_view(endpoint))]


def _in_the_name_of(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A new row belongs to the account that was sent; or a row of that account is credited."""
    by_framework = endpoint.handler is not None and endpoint.handler.is_class
    if endpoint.who is not Who.USER or endpoint.purpose is not Purpose.OTHER:
        return
    if by_framework and endpoint.method != "POST":  # a row that is there already
        return
    if not nothing_but_login(project, endpoint) or any(map(_is_by_caller, effects)):
        return
    if any(_given_request(node) for _, piece in project.routes.code_of(endpoint) for node in walk(piece)):
        return
    for effect in effects:
        rows = effect.other.what
        model = project.models.named(rows.model.rpartition(".")[2]) if isinstance(rows, Rows) and rows.model else None
        if model is None or not isinstance(rows, Rows) or not _belongs(model):
            continue
        gives = rows.new and _gives_away(effect, model) and not _says_who_made_it(project, model, effects)
        if gives or (not rows.new and _credits(effect, effects) and not _takes_from_caller(project, endpoint)):
            yield [endpoint.told, model.node.name, written(whole_view(endpoint))]
            return


def _given_request(node: ast.AST) -> bool:
    """`form.save(request)`: a method of the project's own, that is told who is calling."""
    match node:
        case ast.Call(func=ast.Attribute(attr="save"), args=[ast.Name(id="request"), *_]):
            return True
        case _:
            return False


def _is_by_caller(effect: Effect) -> bool:
    """The caller is asked about, or his own rows are looked up or changed besides."""
    if effect.act is Act.ASKS or (effect.act is Act.LOOKS_UP and is_callers(effect.value)):
        return True
    return effect.act is Act.STORES and (is_callers(effect.value) or is_callers(effect.other))


def _gives_away(effect: Effect, model: Model) -> bool:
    """`Order.objects.create(user_id=request.data["user"])`: the column that says whose the row is."""
    column = effect.name.removesuffix("_id")
    owners = {f.name for f in model.fields if f.kind in {"ForeignKey", "OneToOneField"} and _is_to_user(f)}
    sent_ = bool(effect.value.of(Comes.REQUEST))
    return effect.act is Act.STORES and column in owners & _OWNERS and sent_


def _says_who_made_it(project: Project, model: Model, effects: tuple[Effect, ...]) -> bool:
    """The table fills a column for its maker by itself: the row names its true author, whoever it is about."""
    columns = {f.name for f in model.fields if f.name in _MAKERS and f.kind == "ForeignKey" and _is_to_user(f)}
    sent_ = {e.name.removesuffix("_id") for e in effects if e.act is Act.STORES and e.value.of(Comes.REQUEST)}
    above = [each.node for each in project.classes.ancestry(model.definition) if not isinstance(each, str)]
    return bool(columns - sent_) and any(_fills(node, columns - sent_) for each in above for node in walk(each))


def _fills(node: ast.AST, columns: set[str]) -> bool:
    """`self.created_by = get_current_user()`"""
    match node:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value):
            return name.removesuffix("_id") in columns and not isinstance(value, ast.Constant)
        case _:
            return False


def _takes_from_caller(project: Project, endpoint: Endpoint) -> bool:
    """`request.user.wallet.pay(amount)`: a row of the caller's has what another one gets taken from it."""
    code = [piece for _, piece in project.routes.code_of(endpoint)]
    mine = {name for piece in code for node in walk(piece) for name in _kept(node)}
    return any(_pays(node, mine) for piece in code for node in walk(piece))


def _pays(node: ast.AST, mine: set[str]) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=[_, *_]):
            return name in mine and attr not in _READS
        case ast.Call(func=ast.Attribute(value=ast.Attribute() as row, attr=attr), args=[_, *_]):
            own = ast.unparse(row)
            return bool(re.search(r"\brequest\.user\.", own)) and attr not in _READS and ".objects" not in own
        case _:
            return False


def _credits(effect: Effect, effects: tuple[Effect, ...]) -> bool:
    """`wallet.balance += amount` of a row that was looked up by the account that the request names."""
    looked = any(
        e.act is Act.LOOKS_UP and e.value.of(Comes.REQUEST) and {*e.name.split("_")} & _OWNERS for e in effects
    )
    grown = effect.act in {Act.COUNTS, Act.STORES} and effect.by == "column" and effect.name in _AMOUNTS
    return looked and grown and bool(effect.value.of(Comes.STORED, Comes.KNOWN))


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
    mine = {name for piece in code for node in walk(piece) for name in _kept(node)}
    return any(_asks_by(node, mine) for piece in code for node in walk(piece)) if mine else False


def _kept(node: ast.AST) -> Iterator[str]:
    """`mine = request.user.profile`"""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if re.search(
            r"\brequest\.user\b", ast.unparse(value)
        ):
            yield name
        case _:
            pass


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
    return model if _is_account(project, model) or _belongs(model) or model.node.name in noted else None


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


def _belongs(model: Model) -> bool:
    """Whether a row points to the user it belongs to."""
    return any(f.kind in {"ForeignKey", "OneToOneField"} and _is_to_user(f) for f in model.fields)


def _is_to_user(field: Field) -> bool:
    named = next((k.value for k in field.call.keywords if k.arg == "to"), None)
    to = field.call.args[0] if field.call.args else named
    return to is not None and bool(_TO_USER.search(ast.unparse(to)))


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
