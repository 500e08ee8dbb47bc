"""Whether code makes an account that may do more than an ordinary one: a flag set, a role chosen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.project.routes.facts import Function
from django_bearer_audit.project.walking import walk

_FLAGS = frozenset({"is_staff", "is_superuser", "is_admin", "is_administrator"})
_ROLES = frozenset({"role", "user_role", "user_type", "account_type", "access_level", "roles"})
_ORDINARY = re.compile(
    r"user|customer|client|member|basic|default|normal|regular|guest|student|buyer|consumer|patient|viewer|reader|standard|free"
    r"|subscriber|none|visitor|applicant|candidate|passenger|player",
    re.I,
)
_MAKERS = frozenset(
    {
        "create",
        "create_user",
        "create_superuser",
        "acreate",
        "get_or_create",
        "update_or_create",
        "User",
        "CustomUser",
    }
)


class Grant(NamedTuple):
    """One place where an account gets more than an ordinary one."""

    node: ast.AST
    what: str
    chosen_by_caller: bool
    full: bool
    """Staff or superuser; otherwise a role of the project's own."""


def grants(function: Function) -> Iterator[Grant]:
    for node in walk(function):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr=attr)], value=value) if attr in _FLAGS | _ROLES:
                yield from _of(attr, value, node)
            case ast.Call(func=ast.Attribute(attr="create_superuser")):
                yield Grant(node, "create_superuser(…)", False, True)
            case ast.Call() if _maker(node.func) in _MAKERS:
                for key in node.keywords:
                    if key.arg in _FLAGS | _ROLES:
                        yield from _of(key.arg or "", key.value, node)
            case _:
                pass


def makes_account(function: Function) -> bool:
    """A sign-up by what it does: a new user with a password."""
    called = {_maker(node.func) for node in walk(function) if isinstance(node, ast.Call)}
    if "create_user" in called:
        return True
    new_row = any(
        isinstance(node, ast.Attribute) and node.attr in _MAKERS and "User" in ast.unparse(node.value)
        for node in walk(function)
    )
    return new_row and bool(called & {"set_password", "make_password", "hashpw"})


def _of(name: str, value: ast.expr, node: ast.AST) -> Iterator[Grant]:
    if _from_request(value):
        yield Grant(node, f"{name} = {ast.unparse(value)[:60]}", True, name in _FLAGS)
    elif name in _FLAGS and isinstance(value, ast.Constant) and value.value is True:
        yield Grant(node, f"{name} = True", False, True)
    elif name in _ROLES and (said := _constant_name(value)) and not _ORDINARY.search(said):
        yield Grant(
            node,
            f"{name} = {ast.unparse(value)[:60]}",
            False,
            bool(re.search(r"admin|staff|root", said, re.I)),
        )


def _constant_name(value: ast.expr) -> str | None:
    match value:
        case ast.Constant(value=str() as text):
            return text
        case ast.Attribute(attr=attr) if attr.isupper():
            return attr
        case _:
            return None


def _from_request(value: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"data", "POST", "GET", "query_params"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "request"
        for node in walk(value)
    )


def _maker(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
