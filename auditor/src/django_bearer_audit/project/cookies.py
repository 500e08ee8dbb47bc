"""Cookies that the project's own code sets and that carry a credential, with their effective flags."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.token_names import is_token, may_be_token
from django_bearer_audit.project.token_values import holds_token, said_name
from django_bearer_audit.project.values import Absent, Unknown, Value, leaves, text
from django_bearer_audit.project.walking import walk

if TYPE_CHECKING:
    from django_bearer_audit.project import Project

_SESSIONS = frozenset({"sessionid", "session_id", "session", "session_key", "sid"})
_PARAMETERS = ("key", "value", "max_age", "expires", "path", "domain", "secure", "httponly", "samesite")


class TokenCookie(NamedTuple):
    """A `set_cookie` call for a credential."""

    module: Module
    call: ast.Call
    name: str
    why: str
    httponly: Value
    secure: Value
    samesite: Value

    @property
    def where(self) -> Place:
        return self.module.place(self.call)


def token_cookies(project: Project) -> Iterator[TokenCookie]:
    """Every cookie the code sets whose name or value is a credential."""
    identities: frozenset[str] | None = None
    for module in project.python.with_words("set_cookie"):
        for call in module.nodes(ast.Call):
            if not (isinstance(call.func, ast.Attribute) and call.func.attr == "set_cookie"):
                continue
            if identities is None:
                identities = frozenset(_identities(project))
            cookie = _cookie(project, module, call, identities)
            if cookie:
                yield cookie


def _cookie(project: Project, module: Module, call: ast.Call, identities: frozenset[str]) -> TokenCookie | None:
    given = dict(zip(_PARAMETERS, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    key = given.get("key")
    name = (text(project.value(module, key)) if key is not None else None) or said_name(key)
    why = _why(module, name, given.get("value"), identities)
    if not why:
        return None
    open_end = any(keyword.arg is None for keyword in call.keywords) or any(
        isinstance(argument, ast.Starred) for argument in call.args
    )

    def flag(parameter: str) -> Value:
        if parameter in given:
            return project.value(module, given[parameter])
        where = module.place(call)
        return Unknown(where, "more arguments are given than can be seen") if open_end else Absent(where)

    return TokenCookie(module, call, name, why, flag("httponly"), flag("secure"), flag("samesite"))


def _why(module: Module, name: str, value: ast.expr | None, identities: frozenset[str]) -> str:
    if "csrf" in name.lower() or "xsrf" in name.lower():
        return ""
    if is_token(name):
        return "its name says it holds a token"
    if holds_token(module, value) and not (isinstance(value, ast.Constant)):
        return "its value is a token"
    if may_be_token(name) and not isinstance(value, ast.Constant):
        return "its name says it holds a token"
    if name.lower() in _SESSIONS and not isinstance(value, ast.Constant):
        return "its name says it holds a session"
    return "the code reads it back to decide who the caller is" if name in identities else ""


def _identities(project: Project) -> Iterator[str]:
    """Cookies looked up in the database or decoded: `User.objects.get(pk=request.COOKIES["uid"])`."""
    for module in project.python.with_words("COOKIES"):
        for call in module.nodes(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in {
                "get",
                "filter",
                "decode",
                "get_object_or_404",
            }:
                for keyword in call.keywords:
                    yield from _cookie_names(keyword.value)


def _cookie_names(node: ast.expr) -> Iterator[str]:
    for inner in walk(node):
        match inner:
            case ast.Subscript(value=ast.Attribute(attr="COOKIES"), slice=ast.Constant(value=str(name))):
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="COOKIES"), attr="get"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


def is_off(flag: Value) -> bool:
    """Whether a flag is surely not set: not given, or given as false or None."""
    return all(
        isinstance(option, Absent) or getattr(option, "value", True) in (False, None) for option in leaves(flag)
    )
