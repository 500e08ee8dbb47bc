"""Views that act for the account that the request names: a row made in its name, or an amount credited to it.

A table that notes by itself who made a row is left alone, and a transfer that takes from the caller.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import Kind, Rows, is_callers
from django_bearer_audit.project.effects_of import written
from django_bearer_audit.project.models import Model
from django_bearer_audit.project.owners import belongs, is_to_user
from django_bearer_audit.project.routes.facts import Endpoint, Purpose, Who
from django_bearer_audit.project.routes.only_login import nothing_but_login, whole_view
from django_bearer_audit.project.walking import walk

_OWNERS = frozenset({"user", "owner", "account", "customer", "client", "member", "patient", "student", "buyer"})
_AMOUNTS = frozenset(
    {"balance", "points", "credit", "credits", "coins", "amount", "wallet", "tokens", "score", "xp", "saldo"}
)
_MAKERS = frozenset(
    {"created_by", "creator", "author", "added_by", "made_by", "uploaded_by", "submitted_by", "sender", "invited_by"}
)
"""Columns that say who made a row, where another one says whom it is about."""
_READS = frozenset({"get", "filter", "exclude", "has_perm", "has_perms", "check_password", "startswith", "endswith"})


def in_the_name_of(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
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
        if model is None or not isinstance(rows, Rows) or not belongs(model):
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
    owners = {f.name for f in model.fields if f.kind in {"ForeignKey", "OneToOneField"} and is_to_user(f)}
    sent_ = bool(effect.value.of(Kind.REQUEST))
    return effect.act is Act.STORES and column in owners & _OWNERS and sent_


def _says_who_made_it(project: Project, model: Model, effects: tuple[Effect, ...]) -> bool:
    """The table fills a column for its maker by itself: the row names its true author, whoever it is about."""
    columns = {f.name for f in model.fields if f.name in _MAKERS and f.kind == "ForeignKey" and is_to_user(f)}
    sent_ = {e.name.removesuffix("_id") for e in effects if e.act is Act.STORES and e.value.of(Kind.REQUEST)}
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
    mine = {name for piece in code for node in walk(piece) for name in kept_of_caller(node)}
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
        e.act is Act.LOOKS_UP and e.value.of(Kind.REQUEST) and {*e.name.split("_")} & _OWNERS for e in effects
    )
    grown = effect.act in {Act.COUNTS, Act.STORES} and effect.by == "column" and effect.name in _AMOUNTS
    return looked and grown and bool(effect.value.of(Kind.STORED, Kind.KNOWN))


def kept_of_caller(node: ast.AST) -> Iterator[str]:
    """`mine = request.user.profile`"""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if re.search(
            r"\brequest\.user\b", ast.unparse(value)
        ):
            yield name
        case _:
            pass
