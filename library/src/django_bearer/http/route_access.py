"""Whether a request may enter a view: a route requires authentication unless it is public.

The middleware calls this once the route is known. A view that nobody protected answers 401.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest

from .. import conf
from ..accounts.principal import Principal
from ..conf import django_settings
from ..errors import ConfigurationError, Failure, InsufficientScope, NotAuthenticated, SessionRequired
from . import admin_views, authentication, login_page, public_views

DJANGOS_OWN = "django.contrib.auth.middleware.LoginRequiredMiddleware"
_ESCAPED = re.compile(r"\\(\W)", re.ASCII)
HINT = (
    "the route requires authentication: send one, or decorate the view with django_bearer.public (or name its path in"
    " BEARER['PUBLIC_PATHS'])"
)


class Entry(Enum):
    """Why a request may enter a view."""

    TOKEN = auto()
    PUBLIC = auto()
    LOGIN = auto()
    """A login of another kind, such as Django's session."""
    DELEGATED = auto()
    """Django's own login checks run for this view."""


def entry(request: HttpRequest, view: Any, outcome: Principal | Failure | None) -> Entry | Failure:
    """Why a request may enter this view, or a `Failure`; `outcome` is that of authentication."""
    if isinstance(outcome, Principal):
        refused = _less_than_its_user(request, view, outcome)
        return Entry.TOKEN if refused is None else refused
    if is_public(request, view):
        return Entry.PUBLIC
    asks = admin_views.asks_for_login(view)
    if isinstance(outcome, Failure):
        # A user that a middleware wrote over ours would be let in further on, in spite of the refused token.
        return Entry.DELEGATED if asks and not _is_logged_in(request) else outcome
    if _is_logged_in(request):
        return Entry.LOGIN
    if asks or _is_forced(request) or _left_to_django(view):
        return Entry.DELEGATED
    return Failure(NotAuthenticated, f"{authentication.missing_token_reason(request)}; {HINT}")


def _less_than_its_user(request: HttpRequest, view: Any, principal: Principal) -> Failure | None:
    """A `Failure` in the admin for a token with less than its user's rights: the admin asks for no scope and no age.

    A session that nobody is known to have logged in to, such as one that came from a token of an earlier package,
    has no `auth_time`.
    """
    missing = conf.current().scopes - principal.scopes
    claims = principal.claims
    logged_in = claims is not None and claims.auth_time > 0 and claims.act is None
    if (principal.session_id is not None and not missing and logged_in) or not admin_views.is_admin(request, view):
        return None
    if principal.session_id is None:
        return Failure(SessionRequired, "the admin asks for no scope, so an API token would be all that its owner is")
    if missing:
        return Failure(
            InsufficientScope, f"the admin asks for no scope, and the token lacks {' '.join(sorted(missing))}"
        )
    return Failure(SessionRequired, "nobody is known to have logged in to this session, and the admin asks no more")


def is_public(request: HttpRequest, view: Any) -> bool:
    """Whether this view requires no authentication for this request."""
    if public_views.is_public(view, str(request.method)):
        return True  # before anything is made of its route
    given, path = rules(), request.path_info
    return not given.requires_authentication or _is_public_path(path, lambda: _route(request), given.paths)


def is_public_path(request: HttpRequest) -> bool:
    """Whether `PUBLIC_PATHS` names the path of a request."""
    return _is_public_path(request.path_info, lambda: _route(request), rules().paths)


class Rules(NamedTuple):
    """What the settings say of routes: the public paths, and whether the others require authentication."""

    paths: tuple[str, ...]
    requires_authentication: bool


def rules() -> Rules:
    """The rules of the settings. With settings that cannot be used, only static files are public."""
    static = django_settings.value("STATIC_URL") or ""
    own = (static,) if static.startswith("/") and static.strip("/") else ()
    try:
        config = conf.current()
    except ConfigurationError:
        return Rules(own, True)
    return Rules((*own, *config.public_paths), not config.anonymous_allowed)


def is_open(view: Any, method: str, path: str, route: str, given: Rules | None = None) -> bool:
    """Whether a view may be entered without a token: it is decorated, or its path is named.

    `route` is the path as the URLconf writes it. `given` are the rules, where many routes are asked for.
    """
    if public_views.is_public(view, method):
        return True
    found = given or rules()
    return not found.requires_authentication or _is_public_path(path, lambda: route, found.paths)


def _is_public_path(path: str, route: Callable[[], str], paths: tuple[str, ...]) -> bool:
    """Whether `PUBLIC_PATHS` or the static files' own address names this path.

    A path with empty or dotted segments is named by nothing: a view further down might read it as another one. A
    folder opens the routes that are written as lying in it, not those that Django finds there too:
    `/static/members/` is also `<slug:team>/members/`, and an expression without `^` is found behind any folder. The
    route is asked for where it matters: nearly every path lies in none of the folders.
    """
    near = [named for named in paths if path == named or (named.endswith("/") and path.startswith(named))]
    if not near:
        return False
    if "//" in path or "\\" in path or any(segment in (".", "..") for segment in path.split("/")):
        return False
    return path in near or route().startswith(tuple(near))


def _route(request: HttpRequest) -> str:
    """The route of a request as its URLconf writes it, with what an expression escapes written plainly."""
    match = request.resolver_match
    return "/" + _ESCAPED.sub(r"\1", str(match.route).removeprefix("^").removeprefix("/")) if match else ""


def _is_logged_in(request: HttpRequest) -> bool:
    """Whether Django's session has logged somebody in: CSRF protection applies to them."""
    return bool(getattr(getattr(request, "user", None), "is_authenticated", False))


def _is_forced(request: HttpRequest) -> bool:
    """Whether a test authenticated the request (REST framework's `force_authenticate`)."""
    forced = getattr(request, "_force_auth_user", None) or getattr(request, "_force_auth_token", None)
    return forced is not None and conf.under_test_runner()


def _left_to_django(view: Any) -> bool:
    """Whether Django's own LoginRequiredMiddleware closes this view: it knows the project's login page. An API has
    none."""
    return (
        DJANGOS_OWN in settings.MIDDLEWARE
        and getattr(view, "login_required", True) is not False
        and not login_page.is_api(view)
    )
