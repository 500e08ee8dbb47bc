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
from django_bearer_audit.project.walking import walk

_LOGIN = re.compile(
    r"LoginRequired|RequireLogin|stronghold|AuthRequired|BearerMiddleware|AuthorizationMiddleware|IAPMiddleware"
)
_RATE = re.compile(r"ratelimit|rate_limit|throttl|axes|defender|brake", re.I)
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
    if _LOGIN.search(name):
        return True
    found = imports.definition(name, settings.site.production)
    return found is not None and any(_denies(part) for part in _for_strangers(found.node)) and asks_who(found.node)


def _left_open(settings: Settings) -> bool:
    """Whether our own middleware is told to close nothing."""
    return any(each.value is True for each in constants(settings.get("BEARER", "DANGEROUSLY_ALLOW_ANONYMOUS")))


def _for_strangers(node: ast.AST) -> Iterator[ast.AST]:
    """The statements of a middleware without those that only concern users who are logged in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _is_in(child.test):
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
