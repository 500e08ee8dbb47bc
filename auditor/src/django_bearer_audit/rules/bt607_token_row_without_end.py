"""A table of tokens has no column that ends them.

A token that the server looks up can be ended at any time, but nobody does so for one that was forgotten:
on an old phone, in a log, in a backup. Without an end each of them works for ever.

Reported for tokens that stand for a user, and for one-time codes that wait for ever. Silent when the table has a
column that ends the token (expiry, validity, revocation), or when code that is called compares its age.

Fix: `expires_at = models.DateTimeField()`, and a check at every lookup.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Effect
from django_bearer_audit.project.effects.meaning import Secret, tried
from django_bearer_audit.project.effects.value import Kind
from django_bearer_audit.project.effects_of import in_views
from django_bearer_audit.project.flow.words import has_word, is_secret, parts
from django_bearer_audit.project.models import Field, Model
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import children, walk

ID = "BT607"
TITLE = "Token row without an end"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_TEXT = frozenset({"CharField", "TextField", "UUIDField"})
_CODES = frozenset({"IntegerField", "PositiveIntegerField", "SmallIntegerField", "BigIntegerField"})
_ONE_TIME = (
    "otp",
    "code",
    "reset",
    "confirm",
    "confirmation",
    "verify",
    "verification",
    "activation",
    "password",
    "passcode",
)
_LINKS = frozenset({"ForeignKey", "OneToOneField"})
_PRICED = ("promo", "coupon", "discount", "qr", "country", "invite", "invitation", "product", "history", "log")
_TIMES = (
    "expires",
    "expiry",
    "expire",
    "expired",
    "valid",
    "until",
    "sent",
    "generated",
    "issued",
    "requested",
    "otp",
    "code",
)
_LOOKS_AT_TIME = re.compile(r"timedelta|timezone\.now|datetime\.|expir|time\.time", re.I)
_OTHER = ("invite", "invitation", "device", "push", "social")


def check(project: Project) -> Iterator[Hit]:
    yield from _of_accounts(project)
    for model in project.models.all:
        token = next((field for field in model.own if _is_token(model, field)), None)
        if token is None or not _stands_for_a_user(model) or model.ends or _age_is_checked(project, model):
            continue
        where = model.module.place(token.node)
        start = model.node.lineno
        yield Hit(
            where=type(where)(where.path, start, max(start, where.line_end)),
            message=f"{model.node.name} has no column that ends the token.",
            attack="A token found in an old backup or on a lost phone opens the account years later.",
            severity=None if has_word(model.node.name, "session", "login") else Severity.LOW,
            fix="expires_at = models.DateTimeField()  # and filter(expires_at__gt=timezone.now())",
        )


def _of_accounts(project: Project) -> Iterator[Hit]:
    """Codes in a column of the account, tried by a view that looks at no time."""
    tried_ones = set(in_views(project, ID, partial(_tried, project)))
    for model in project.models.all if tried_ones else ():
        above = [e.rpartition(".")[2] for e in project.classes.ancestry(model.definition) if isinstance(e, str)]
        account = any(each.startswith("Abstract") and "User" in each for each in above)
        dates = [f.name for f in model.own if "Date" in f.kind and has_word(f.name, *_TIMES)]
        for field in model.own if account and not dates else ():
            if field.name in tried_ones:
                yield Hit(
                    where=field.module.place(field.node),
                    message=f"{model.node.name}.{field.name} is tried as a code, and nothing says until when.",
                    attack="All codes are tried over days, or an old message is enough.",
                    fix=f"{field.name}_expires_at = models.DateTimeField(null=True)",
                )


def _tried(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[Any]:
    found = [name for effect in effects for name in _codes(effect)]
    code = (ast.unparse(piece) for _, piece in project.routes.code_of(endpoint)) if found else ()
    if not any(map(_LOOKS_AT_TIME.search, code)):
        yield from found


def _codes(effect: Effect) -> list[str]:
    """The columns of an account that a code is compared with."""
    if tried(effect) is not Secret.CODE or effect.other.done or "otp" in effect.by.lower():
        return []
    return sorted(s.name for s in effect.other.of(Kind.STORED) if s.part.rpartition(".")[2] == "User")


def _is_token(model: Model, field: Field) -> bool:
    if _is_code(model, field):
        return True
    if field.kind not in _TEXT or has_word(model.node.name, "invite", "invitation", "device", "push", "social"):
        return False
    return (field.name in {"key", "value"} and is_secret(model.node.name)) or (
        is_secret(field.name) and has_word(field.name, "token", "session", "api", "access")
    )


def _is_code(model: Model, field: Field) -> bool:
    """The code or token of a table for them: what was sent to one person, to be sent back once."""
    if field.kind not in _TEXT | _CODES or not has_word(model.node.name, *_ONE_TIME):
        return False
    return (is_secret(field.name) or field.name == "code") and not has_word(model.node.name, *_PRICED)


def _stands_for_a_user(model: Model) -> bool:
    """A link to a user, on a table that is about the token: the token of a user row is another matter."""
    if not is_secret(model.node.name) and not has_word(model.node.name, "session", "key", "access", *_ONE_TIME):
        return False
    links = [
        field for field in model.fields if field.kind in _LINKS or has_word(field.name, "phone", "mobile", "email")
    ]
    people = ("user", "owner", "account", "customer", "phone", "mobile", "email")
    return len(model.own) <= 8 and any(has_word(f.name, *people) for f in links)


def _age_is_checked(project: Project, model: Model) -> bool:
    """Whether code computes with a date of such a row: `token.created + timedelta(days=1)`."""
    dates = {field.name for field in model.fields if field.kind in {"DateTimeField", "DateField"}}
    for module in project.python.with_words(model.node.name):
        for kind in (ast.BinOp, ast.Compare):
            if any(_has_side(node, dates, model) for node in module.nodes(kind)):
                return True
        for call in module.nodes(ast.Call):
            if _asks_for_age(call, dates, model) and _is_called(project, module, call):
                return True
    return False


def _has_side(node: ast.AST, dates: set[str], model: Model) -> bool:
    for side in children(node):
        match side:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in dates:
                if owner in {"self", "obj", "instance"} or has_word(owner, *parts(model.node.name)):
                    return True
            case _:
                pass
    return False


def _asks_for_age(call: ast.Call, dates: set[str], model: Model) -> bool:
    """`Token.objects.filter(created__gt=…)`."""
    asked = [(keyword.arg or "").partition("__") for keyword in call.keywords]
    by_age = any(name in dates and how in {"gt", "gte", "lt", "lte"} for name, _, how in asked)
    return by_age and any(isinstance(n, ast.Name) and n.id == model.node.name for n in walk(call.func))


def _is_called(project: Project, module: Module, call: ast.Call) -> bool:
    """A clean-up that nothing calls, schedules or names ends nothing."""
    function = module.function_around(call)
    if function is None or function.decorator_list or isinstance(module.parents.get(function), ast.ClassDef):
        return True
    named = any(other is not module for other in project.python.with_words(function.name))
    return named or any(True for _ in project.functions.uses(module, function))
