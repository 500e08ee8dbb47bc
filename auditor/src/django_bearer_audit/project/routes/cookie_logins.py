"""Views whose own code tells their caller by the session, or by a cookie: the browser sends both by itself."""

from __future__ import annotations

import ast

from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.walking import walk

_OTHER = frozenset({"headers", "META", "auth", "compare_digest", "verify", "construct_event", "hmac"})
"""What no browser sends by itself, or what proves who sent a request."""
_WHO = (
    "id",
    "uid",
    "user",
    "userid",
    "account",
    "member",
    "login",
    "admin",
    "customer",
    "staff",
    "username",
    "email",
)


def by_session(project: Project, endpoint: Endpoint) -> bool:
    """The code asks `request.user`, the session or a cookie, and nothing that a forged request could not have."""
    nodes = [node for _, piece in project.routes.code_of(endpoint) for node in walk(piece)]
    nodes += [node for each in _decorators(endpoint) for node in walk(each)]
    if any(isinstance(node, ast.Attribute | ast.Name) and _named(node) in _OTHER for node in nodes):
        return False
    return any(map(_asks_session, nodes)) or any(map(_asks_user, nodes))


def by_own_session(project: Project, endpoint: Endpoint) -> bool:
    """The caller is told by a key of the session, or by a cookie, that the project's own code reads."""
    nodes = [node for _, piece in project.routes.code_of(endpoint) for node in walk(piece)]
    if any(isinstance(node, ast.Attribute | ast.Name) and _named(node) in _OTHER for node in nodes):
        return False
    return any(map(_asks_session, nodes)) and not any(map(_asks_user, nodes))


def _decorators(endpoint: Endpoint) -> list[ast.expr]:
    return list(endpoint.handler.node.decorator_list) if endpoint.handler is not None else []


def _named(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def _asks_user(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="is_authenticated" | "is_anonymous" | "is_staff", value=ast.Attribute(attr="user")):
            return True
        case _:
            return False


def _asks_session(node: ast.AST) -> bool:
    """`request.session.get("user_id")`, `"member" in request.session`, `request.COOKIES["token"]`."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="get", value=ast.Attribute(attr="session" | "COOKIES")),
            args=[ast.Constant(value=str(key)), *_],
        ):
            return _says_who(key)
        case ast.Subscript(
            value=ast.Attribute(attr="session" | "COOKIES"), slice=ast.Constant(value=str(key)), ctx=ast.Load()
        ):
            return _says_who(key)
        case ast.Compare(left=ast.Constant(value=str(key)), comparators=[ast.Attribute(attr="session" | "COOKIES")]):
            return _says_who(key)
        case _:
            return False


def _says_who(key: str) -> bool:
    return has_word(key, *_WHO, "token", "jwt", "access", "session", "sid") and not has_word(key, "csrf", "cart")
