"""A token travels in a URL.

URLs are written down everywhere: in the logs of every server and proxy on the way, in the browser's
history, in the Referer of the next page. A token that opens the API belongs in a header or in a cookie.

Reported where a view takes its credential from the query, and where a link is built with a credential in
it. A one-time key in a mailed link is as it should be, unless the view behind it hands out a login: then
the link is a login.

Fix: `Authorization: Bearer …`; for links a one-time code that a POST exchanges.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.jwt import DECODE
from django_bearer_audit.project.flow.logins import issued
from django_bearer_audit.project.flow.words import has_word, parts, vocabulary
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT221"
TITLE = "Token in a URL"
CWE = "CWE-598"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_CREDENTIAL = vocabulary("access_token auth_token authtoken jwt api_key apikey refresh_token session_id")
_QUERY = ("GET", "query_params")
_ONE_TIME = ("verify", "verification", "confirm", "activate", "activation", "reset", "invite", "unsubscribe")
_ATTACK = "The token is read from a log, a browser's history or the Referer of the next page."
_FIX = 'headers = {"Authorization": f"Bearer {token}"}  # read: request.headers["Authorization"]'


def check(project: Project) -> Iterator[Hit]:
    opening = ("any", "for_user(", "login(")
    opens = [
        set(parts(name)) for name in project.from_modules(f"{ID} opens", opening, partial(_that_log_in, project))
    ]
    linking = ("any", "token=", "key=", "jwt=", "session_id=")
    for parameter, path, *place in project.from_modules(f"{ID} links", linking, _links):
        if parameter in _CREDENTIAL or _leads_to(path, opens):
            yield _hit(Place(*place), f"The link carries {parameter}, which opens the account.")
    reading = ("any", "GET.get(", "query_params")
    for code, *place in project.from_modules(f"{ID} reads", reading, partial(_reads, project)):
        yield _hit(Place(*place), f"The query holds the credential: `{code}`.")


def _links(module: Module) -> Iterator[tuple[str, str, str, int, int]]:
    """The links that are filled with a credential, or with a token of some kind: parameter, text and place."""
    for text in module.nodes(ast.JoinedStr):
        parameter = _link_with(text)
        if parameter == "token" or parameter in _CREDENTIAL:
            where = module.place(text)
            said = " ".join(str(piece.value) for piece in text.values if isinstance(piece, ast.Constant))
            yield parameter, said, where.path, where.line_start, where.line_end


def _reads(project: Project, module: Module) -> Iterator[tuple[str, str, int, int]]:
    for call in module.nodes(ast.Call):
        if _reads_credential(project, module, call):
            where = module.place(call)
            yield ast.unparse(call)[:60], where.path, where.line_start, where.line_end


def _link_with(text: ast.JoinedStr) -> str | None:
    """The parameter of a link that is filled with a value: `f"{base}/verify?token={token}"`."""
    for piece, following in zip(text.values, text.values[1:], strict=False):
        if isinstance(piece, ast.Constant) and isinstance(following, ast.FormattedValue):
            said = str(piece.value)
            at = max(said.rfind("?"), said.rfind("&"))
            if at >= 0 and said.endswith("="):
                return said[at + 1 : -1].lower()
    return None


def _that_log_in(project: Project, module: Module) -> Iterator[str]:
    """The names of views that take a token from the query and hand out a login."""
    for function in module.nodes(ast.FunctionDef):
        reads = any(_is_query(node) for node in walk(function))
        if reads and any(True for _ in issued(project.imports, module, function)):
            yield function.name


def _leads_to(path: str, views: list[set[str]]) -> bool:
    words = set(parts(path.partition("?")[0]))
    return any(len(words & view) >= 2 for view in views)


def _reads_credential(project: Project, module: Module, call: ast.Call) -> bool:
    match call:
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[ast.Constant(value=str(name)), *_]):
            function = module.function_around(call)
            if not _is_query(owner) or function is None or has_word(function.name, *_ONE_TIME):
                return False
            named = name.lower() in _CREDENTIAL and name.lower() != "session_id"
            return (named or name.lower() == "token") and _is_gate(project, module, function)
        case _:
            return False


def _is_query(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in _QUERY


def _is_gate(project: Project, module: Module, function: Function) -> bool:
    """Whether the function decides who the caller is."""
    owners = [scope.name for scope in module.enclosing(function) if isinstance(scope, ast.ClassDef)]
    if function.name == "authenticate" or any(has_word(n, "authentication", "middleware") for n in owners):
        return True
    calls = (node for node in walk(function) if isinstance(node, ast.Call))
    return any(project.qualname(module, call.func) in DECODE for call in calls)


def _hit(where: Place, message: str) -> Hit:
    return Hit(where=where, message=message, attack=_ATTACK, fix=_FIX)
