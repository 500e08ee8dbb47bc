"""What middleware asks of every request before any view: a login, a CSRF token, a rate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.routes.checks import asks_who
from django_bearer_audit.project.routes.facts import Fact, Source, Who
from django_bearer_audit.project.routes.limits import limits
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Items, Named, constants, leaves, text
from django_bearer_audit.project.walking import children, walk

_LOGIN = re.compile(
    r"LoginRequired|RequireLogin|stronghold|AuthRequired|BearerMiddleware|AuthorizationMiddleware|IAPMiddleware"
)
_RATE = re.compile(r"ratelimit|rate_limit|throttl|brake", re.I)
_CSRF = "django.middleware.csrf.CsrfViewMiddleware"

_BLOCKS = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.For, ast.AsyncFor, ast.While),
    *(ast.With, ast.AsyncWith, ast.Try),
)
_UNKNOWN = Fact(None, Source.MIDDLEWARE)


class SiteWide(NamedTuple):
    """What holds for every view of a site."""

    who: Who | None = None
    who_name: str = ""
    rest_too: bool = False
    """Django's own LoginRequiredMiddleware leaves REST framework's views to themselves."""
    where: Place | None = None
    csrf: Fact = _UNKNOWN
    throttle: Fact | None = None


def of_site(settings: Settings | None, imports: Imports) -> SiteWide:
    if settings is None:
        return SiteWide()
    value = settings.get("MIDDLEWARE")
    names = [
        name
        for leaf in leaves(value)
        if isinstance(leaf, Items)
        for item in leaf.items
        for option in leaves(item)
        if (name := option.name if isinstance(option, Named) else text(option))
    ]
    asking = next((name for name in names if _asks(name, imports, settings)), None)
    limiting = next((name for name in names if _limits(name, imports, settings)), None)
    complete = isinstance(value, Items) and value.complete
    return SiteWide(
        who=None if asking is None else Who.CHECKED,
        who_name=asking or "",
        rest_too=asking != "django.contrib.auth.middleware.LoginRequiredMiddleware",
        where=value.where,
        csrf=_csrf(names, complete, value.where),
        throttle=Fact((limiting,), Source.MIDDLEWARE, value.where) if limiting else None,
    )


def _csrf(names: list[str], complete: bool, where: Place) -> Fact:
    if _CSRF in names or any("Csrf" in name for name in names):
        return Fact(("csrf",), Source.MIDDLEWARE, where)
    return Fact(() if complete else None, Source.MIDDLEWARE, where)


def _asks(name: str, imports: Imports, settings: Settings) -> bool:
    if name.endswith("BearerMiddleware") and _left_open(settings):
        return False
    found = imports.definition(name, settings.site.production)
    if _LOGIN.search(name):
        return found is None or not _is_switched(found.node)
    if found is None or asks_too_late(found.node):
        return False
    return any(_denies(part) for part in _for_strangers(found.node)) and asks_who(found.node)


def asks_too_late(node: ast.AST) -> ast.stmt | None:
    """The first statement that turns anybody away where the view has run already; None where one does so before.

    `response = self.get_response(request)` stands above the check: what the view did is done.
    """
    for function in walk(node):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            runs = next((n for n, each in enumerate(function.body) if _runs_view(each)), None)
            if runs is None:
                continue
            late = [each for each in function.body[runs + 1 :] if any(map(_denies, _for_strangers_of(each)))]
            early = [each for each in function.body[: runs + 1] if any(map(_denies, _for_strangers_of(each)))]
            if late and not early:
                return late[0]
    return None


def _for_strangers_of(statement: ast.stmt) -> Iterator[ast.AST]:
    return _for_strangers(ast.Module([statement], []))


def _runs_view(statement: ast.stmt) -> bool:
    """Every request comes by here: it is no `return get_response(request)` inside of an `if`."""
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is not None:
            called = value.value if isinstance(value, ast.Await) else value
            function = called.func if isinstance(called, ast.Call) else None
            return getattr(function, "attr", getattr(function, "id", "")) == "get_response"
        case _:
            return False


def _left_open(settings: Settings) -> bool:
    """Whether our own middleware is told to close nothing."""
    return any(each.value is True for each in constants(settings.get("BEARER", "DANGEROUSLY_ALLOW_ANONYMOUS")))


def _for_strangers(node: ast.AST) -> Iterator[ast.AST]:
    """The statements of a middleware without those that only concern users who are logged in."""
    for child in children(node):
        if isinstance(child, ast.If) and (_is_in(child.test) or _by_a_row(child.test)):
            for other in child.orelse:
                yield from (other, *_for_strangers(other))
        else:
            if isinstance(child, ast.stmt) and not isinstance(child, _BLOCKS):
                yield child
            yield from _for_strangers(child)


def _is_in(test: ast.expr) -> bool:
    """`if request.user.is_authenticated:`, alone or with more conditions."""
    match test:
        case ast.Attribute(attr="is_authenticated"):
            return True
        case ast.BoolOp(op=ast.And(), values=values):
            return any(map(_is_in, values))
        case _:
            return False


def _is_switched(node: ast.AST) -> bool:
    """Whether all that a middleware does before it hands the request on, it does where a row says so."""
    functions = [each for each in walk(node) if getattr(each, "name", "") in {"__call__", "process_request"}]
    bodies = [statement for function in functions for statement in getattr(function, "body", ())]
    asked = [each for each in bodies if isinstance(each, ast.If)]
    return bool(asked) and all(_by_a_row(each.test) for each in asked)


def _by_a_row(test: ast.expr) -> bool:
    """`if SiteSettings.get().require_login:`: what the database says may be no."""
    match test:
        case ast.Attribute(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name[:1].isupper()
        case ast.BoolOp(op=ast.And(), values=values):
            return any(map(_by_a_row, values))
        case _:
            return False


def _denies(part: ast.AST) -> bool:
    """A middleware that answers 401 or 403, or sends to the login page, asks everybody."""
    for node in walk(part):
        match node:
            case ast.Constant(value=401 | 403):
                return True
            case ast.Name(id=name) | ast.Attribute(attr=name) if re.search(
                r"HTTP_40[13]|PermissionDenied|Forbidden|NotAuthenticated|AuthenticationFailed|LOGIN_URL|redirect_to_login",
                name,
            ):
                return True
            case ast.Call(func=ast.Name(id="redirect"), args=[ast.Constant(value=str() as to), *_]):
                return "login" in to
            case _:
                pass
    return False


def _limits(name: str, imports: Imports, settings: Settings) -> bool:
    if name.startswith("django."):
        return False
    found = imports.definition(name, settings.site.production)
    return bool(_RATE.search(name)) if found is None else limits(found.node)
