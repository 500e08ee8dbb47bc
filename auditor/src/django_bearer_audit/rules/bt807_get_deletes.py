"""A GET deletes.

Links, images, prefetching browsers and crawlers send GET, and Django asks no CSRF token for it. A row that
a GET deletes is deleted by whoever makes the victim's browser load an address. So is a vote given by a view that only
makes a row and redirects.

Low for a logout, and where no session is needed. Silent where the view tells methods apart, on links with a
secret of their own, and where a page only tidies up: rows whose time is over, or that point to a row which is gone.

Fix: POST or DELETE.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.checks import has_secret_in_path
from django_bearer_audit.project.routes.effects import writes
from django_bearer_audit.project.routes.expired_rows import is_of_expired
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose, Who
from django_bearer_audit.project.source import Spot
from django_bearer_audit.project.walking import walk

ID = "BT807"
TITLE = "GET deletes"
CWE = "CWE-352"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_DELETES = "deletes rows"
_LOGS_OUT = "logs out"
_MAKES = "makes rows"
_TELL_APART = frozenset({"method", "POST", "FILES", "body", "is_valid"})


def check(project: Project) -> Iterator[Hit]:
    seen: set[Spot] = set()
    for endpoint in project.routes.table.endpoints:
        handler = endpoint.handler if _answers_get(endpoint) else None
        if handler is None or handler.is_class or handler.code in seen or has_secret_in_path(endpoint.path):
            continue
        seen.add(handler.code)
        what = project.routes.says(endpoint, ID, partial(_changes, project))
        if what:
            if what == _MAKES and endpoint.who not in {Who.USER, Who.CHECKED}:
                continue
            by_cookie = endpoint.kind is Kind.DJANGO and endpoint.who in {Who.USER, Who.CHECKED}
            yield Hit(
                where=_whole(endpoint),
                message=f"{endpoint.told} {what}.",
                attack="An image tag on any page makes the victim's browser do it.",
                fix='@require_POST  # or @api_view(["DELETE"]), or a method named delete()',
                severity=Severity.MEDIUM if what != _LOGS_OUT and by_cookie else None,
            )


def _answers_get(endpoint: Endpoint) -> bool:
    return endpoint.method == "GET" or (endpoint.method == "ANY" and endpoint.kind is Kind.DJANGO)


def _whole(endpoint: Endpoint) -> Place:
    node = endpoint.handler.node if endpoint.handler is not None else None
    last = (getattr(node, "end_lineno", None) or 0) if node is not None else 0
    own = endpoint.handler is not None and endpoint.handler.code.path == endpoint.where.path
    return Place(endpoint.where.path, endpoint.where.line_start, last) if own and last else endpoint.where


def _changes(project: Project, endpoint: Endpoint) -> str:
    """What it does; one that also answers other methods and tells them apart is left alone."""
    handler = endpoint.handler
    module = project.python.module(handler.code.path) if handler is not None else None
    if handler is None or module is None:
        return ""
    code = module.statement_at(handler.code)
    if any(isinstance(each, ast.Attribute) and each.attr in _TELL_APART for each in walk(code)):
        return ""
    deletes = [c for c in writes(code) if isinstance(c.func, ast.Attribute) and c.func.attr in {"delete", "adelete"}]
    if any(not is_of_expired(module, each, "<" in endpoint.path) for each in deletes):
        return _DELETES
    if any(map(_forgets, walk(code))):
        return _LOGS_OUT
    logs_out = any(_is_logout(node) for node in walk(code))
    if logs_out and endpoint.kind is Kind.DJANGO:
        return _LOGS_OUT
    return _MAKES if endpoint.purpose is Purpose.OTHER and _only_acts(code) else ""


def _only_acts(code: ast.AST) -> bool:
    """`Vote.objects.create(user=request.user)`, and the browser is sent elsewhere: a button, and no page to look at.

    What reads the query is the end of a way through another site.
    """
    nodes = list(walk(code))
    if any(isinstance(node, ast.Attribute) and node.attr in {"GET", "query_params"} for node in nodes):
        return False
    told = [node.value for node in nodes if isinstance(node, ast.Return)]
    leaves = bool(told) and all(isinstance(each, ast.Call) and _sends_away(each) for each in told)
    new = {name for node in nodes for name in _new_rows(node)}
    return leaves and any(_makes(call, new) for call in writes(code))


def _new_rows(node: ast.AST) -> Iterator[str]:
    """`vote = Vote(...)`"""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=made))) if made[:1].isupper():
            yield name
        case _:
            pass


def _makes(call: ast.Call, new: set[str]) -> bool:
    match call.func:
        case ast.Attribute(attr="create"):
            return True
        case ast.Attribute(attr="save", value=ast.Name(id=name)):
            return name in new
        case _:
            return False


def _sends_away(call: ast.Call) -> bool:
    return getattr(call.func, "id", getattr(call.func, "attr", "")) in {"redirect", "HttpResponseRedirect"}


def _forgets(node: ast.AST) -> bool:
    """`del request.session["user"]`, of a session that says who it is by a key of the project's own."""
    match node:
        case ast.Delete(targets=[ast.Subscript(value=ast.Attribute(attr="session"), slice=ast.Constant(value=key))]):
            return has_word(str(key), "id", "uid", "user", "account", "member", "login")
        case _:
            return False


def _is_logout(node: ast.AST) -> bool:
    """`logout(request)`, of Django."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Name(id="request")]):
            return name in {"logout", "auth_logout", "django_logout", "log_out"}
        case ast.Call(func=ast.Attribute(attr="logout"), args=[ast.Attribute(attr="request")]):
            return True
        case _:
            return False
