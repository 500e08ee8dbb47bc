"""A cookie that anybody can write says who the user is.

Cookies come from the browser and say what its owner wants them to say. A user looked up by an id from a
cookie, an `admin=1`, or a cookie made of the user name is a login without a password, unless the server
signed it.

Silent on signed cookies, on session keys and tokens, and where the cookie only says how a page looks.

Fix: `request.user` and `request.session`; for values of one's own `response.set_signed_cookie`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.origins import Kind
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word, is_secret, vocabulary
from django_bearer_audit.project.source import Module

ID = "BT409"
TITLE = "Client says who it is"
CWE = "CWE-287"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ROLES = (
    *("admin", "role", "staff", "superuser", "authenticated", "loggedin", "auth", "login", "logged"),
    *("authorized", "privileged", "usertype"),
)
_USERS = vocabulary("id pk userid user_id username user email uid login account account_id customer_id uuid")
_QUERIES = vocabulary("get filter get_object_or_404 aget")
_ATTACK = "The attacker writes the cookie by hand and is that user, or the administrator."


@modules_with("COOKIES", "set_cookie")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call in module.nodes(ast.Call):
        yield from _looked_up(project, module, call)
        yield from _made(project, module, call)
    for node in module.nodes(ast.Compare):
        yield from _decides(module, node)


def _looked_up(project: Project, module: Module, call: ast.Call) -> Iterator[Hit]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in _QUERIES or any(is_secret(keyword.arg) for keyword in call.keywords):
        return
    for keyword in call.keywords:
        if keyword.arg in _USERS and sent_by_caller(project.functions, module, keyword.value) == "COOKIES":
            yield _hit(module, call, f"The user is looked up by {keyword.arg} from an unsigned cookie.")


def _decides(module: Module, node: ast.Compare) -> Iterator[Hit]:
    """`request.COOKIES.get("admin") == "1"`."""
    cookie = _cookie(node.left)
    values = [each.value for each in node.comparators if isinstance(each, ast.Constant)]
    if cookie and has_word(cookie, *_ROLES) and len(values) == len(node.comparators) and None not in values:
        yield _hit(module, node, f"The cookie '{cookie}', which the client writes, decides who may go on.")


def _made(project: Project, module: Module, call: ast.Call) -> Iterator[Hit]:
    """A cookie put together from the user's name and no secret, and read back elsewhere in the file."""
    match call:
        case ast.Call(func=ast.Attribute(attr="set_cookie"), args=[ast.Constant(value=str(name)), value, *_]):
            parts = project.origins(module, value)
            kinds = {part.kind for part in parts}
            reads = (module.parents.get(n) for n in module.nodes(ast.Attribute) if n.attr == "COOKIES")
            known = Kind.PERSON in kinds and not kinds & {Kind.STRONG, Kind.UNKNOWN}
            if known and len(parts) > 1 and any(_cookie(read, module) == name for read in reads):
                told = f"The cookie '{name}' is made of the user's name and nothing secret, and trusted later."
                yield _hit(module, call, told)
        case _:
            pass


def _cookie(node: ast.AST | None, module: Module | None = None) -> str | None:
    """The name of the cookie that an expression reads."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="COOKIES"), slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="COOKIES"), attr="get"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return name
        case ast.Attribute(attr="get") if module is not None:
            return _cookie(module.parents.get(node))
        case _:
            return None


def _hit(module: Module, node: ast.AST, message: str) -> Hit:
    return Hit(
        where=module.place(node),
        message=message,
        attack=_ATTACK,
        fix='request.user  # or: response.set_signed_cookie("name", value, salt="login")',
    )
