"""The server accepts a bearer token from the query of a URL.

URLs are logged by every server and proxy on the way, kept in histories and sent on as Referer. RFC 6750 and
the OAuth 2.1 draft forbid tokens there for that reason. Where the server accepts them, clients use them.

Counts when what was read from the query goes on to be authenticated: decoded as a JWT, looked up as an API
token, or read inside an authenticator or a middleware. One-time tokens of mails and invitations are silent.

Fix: the `Authorization` header; for WebSockets a ticket that works once, or the subprotocol header.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects.value import How, Kind
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.token_names import is_token

ID = "BT205"
TITLE = "Token is read from the URL"
CWE = "CWE-598"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR
COVERS = ("BT221",)

_QUERIES = ("GET", "query_params", "query_string")
_CHECKS = re.compile(
    r"\bjwt\.decode\(|\b(?:AccessToken|UntypedToken|JWTAuthentication|TokenAuthentication|TokenBackend)\(|"
    r"get_validated_token|validate_token\(|decode_token\(|Token\.objects\.(?:get|filter|select_related)\(|"
    r"authenticate_credentials\(",
)
_ONCE = re.compile(
    r"reset|verif|confirm|activat|invit|unsubscrib|magic|download|share|signed|webhook|oauth|callback", re.I
)
_ENTRIES = frozenset({"authenticate", "__call__", "connect", "websocket_connect"})
_CUTS = frozenset({"split", "startswith", "replace", "removeprefix", "partition", "lstrip"})
_ACCESS_PATHS = re.compile(r"authenticat|middleware|consumer|websocket|permission", re.I)


def check(project: Project) -> Iterator[Hit]:
    told: set[tuple[str, int]] = set()
    for hit in _by_functions(project):
        told.add((hit.where.path, hit.where.line_start))
        yield hit
    for route, name, where in in_views(project, ID, _of_a_service):
        if (where[0], where[1]) not in told:
            told.add((where[0], where[1]))
            yield _hit(Place(*where), route, name)


def _of_a_service(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """What stands in the query is held against the one token that the settings or the environment have."""
    for effect in effects:
        if effect.act is Act.CHECKS and effect.other.of(Kind.ENVIRONMENT) and not effect.other.was(How.SIGNED):
            for source in sorted(sent(effect.value)):
                if source.part in _QUERIES and is_token(source.name) and not _ONCE.search(endpoint.view):
                    yield [endpoint.view.rpartition(".")[2], source.name, written(source.where)]
                    return


@modules_with(*_QUERIES)
def _by_functions(project: Project, module: Module) -> Iterator[Hit]:
    if not (_CHECKS.search(module.text) or _ACCESS_PATHS.search(module.text)):
        return
    seen: set[ast.AST] = set()
    reads = (
        (node, name) for node in (*module.nodes(ast.Call), *module.nodes(ast.Subscript)) if (name := _read(node))
    )
    for node, name in reads:
        function = module.function_around(node)
        if function is not None and function not in seen and _authenticates(module, function):
            seen.add(function)
            yield _hit(module.place(node), function.name, name)


def _hit(where: Place, function: str, name: str) -> Hit:
    return Hit(
        where=where,
        message=f"{function} takes the caller's token from the query parameter {name!r}.",
        attack="Whoever reads an access log, a browser history or a Referer header has the token.",
        fix='header = request.headers.get("Authorization", "")',
    )


def _read(node: ast.AST) -> str:
    """The parameter, in `request.GET.get("token")`, `parse_qs(query)["token"]` or `query.split("token=")`."""
    match node:
        case ast.Call(func=ast.Attribute(attr=cut), args=[ast.Constant(value=str(text) | bytes(text)), *_]) if (
            cut in _CUTS and len(text) > 1
        ):
            written = text.decode("ascii", "replace") if isinstance(text, bytes) else text
            name = written.strip("?&=")
            return name if written.endswith("=") and is_token(name) else ""
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[ast.Constant(value=str(name)), *_]):
            pass
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
            pass
        case _:
            return ""
    is_query = isinstance(owner, ast.Attribute) and owner.attr in {"GET", "query_params"}
    named = isinstance(owner, ast.Name) and re.search(r"query|qs$|params", owner.id) is not None
    parsed = isinstance(owner, ast.Call) and "parse_qs" in ast.unparse(owner.func)
    return name if (is_query or named or parsed) and (is_token(name) or name == "key") else ""


def _authenticates(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    text = "\n".join(module.text.splitlines()[function.lineno - 1 : function.end_lineno])
    around = " ".join(scope.name for scope in module.enclosing(function) if isinstance(scope, ast.ClassDef))
    if _ONCE.search(function.name) or _ONCE.search(around):
        return False
    if not any(word in text for word in _QUERIES):
        return False
    by_name = bool(_ACCESS_PATHS.search(around)) and function.name in _ENTRIES
    return by_name or bool(_CHECKS.search(text))
