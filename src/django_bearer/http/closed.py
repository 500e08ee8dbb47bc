"""Closed unless public: whoever has neither a valid token nor another login enters no route that is not marked.

The middleware asks once the route is known. A view that was forgotten is then a 401, not a leak (row 8).
"""

from __future__ import annotations

import re
import sys
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from .. import conf
from ..errors import ConfigurationError, Failure, InsufficientScope, NotAuthenticated, SessionRequired
from ..sessions.principal import Principal
from . import guard, marks

DJANGOS_OWN = "django.contrib.auth.middleware.LoginRequiredMiddleware"
_ESCAPED = re.compile(r"\\(\W)", re.ASCII)
MEND = (
    "the route is closed: send one, or mark the view with django_bearer.public (or name its path in"
    " BEARER['PUBLIC_PATHS'])"
)


def refusal(request: HttpRequest, view: Any, outcome: Principal | Failure | None) -> Failure | None:
    """A `Failure` for a request that may not enter this view; `outcome` is what the guard found."""
    if isinstance(outcome, Principal) and guards_itself(view):
        return _less_than_its_user(outcome)
    if isinstance(outcome, Principal) or is_open(view, str(request.method), request.path_info, _route(request)):
        return None
    if isinstance(outcome, Failure):
        return outcome
    if _is_logged_in(request) or _is_forced(request) or _left_to_django(view):
        return None
    return Failure(NotAuthenticated, f"{guard.nothing_sent(request)}; {MEND}")


def _less_than_its_user(principal: Principal) -> Failure | None:
    """A `Failure` for a token that was made to do less than its user may: in the admin it would do everything."""
    if principal.session_id is None:
        return Failure(SessionRequired, "the admin asks for no scope, so an API token would be all that its owner is")
    missing = conf.current().scopes - principal.scopes
    if missing:
        return Failure(
            InsufficientScope, f"the admin asks for no scope, and the token lacks {' '.join(sorted(missing))}"
        )
    return None


def is_open(view: Any, method: str, path: str, route: str) -> bool:
    """Whether a view may be entered without a token: it is marked, it guards itself, or its path is named.

    `route` is the path as the URLconf writes it.
    """
    return marks.is_public(view, method) or guards_itself(view) or _named(path, route) or not _closing()


def guards_itself(view: Any) -> bool:
    """Whether a view is the admin's, which lets in its own staff and shows others its login page."""
    site = getattr(view, "admin_site", None) or getattr(getattr(view, "model_admin", None), "admin_site", None)
    sites = sys.modules.get("django.contrib.admin.sites")
    return sites is not None and isinstance(site, sites.AdminSite)


def _closing() -> bool:
    try:
        return not conf.current().open_routes
    except ConfigurationError:
        return True


def _named(path: str, route: str) -> bool:
    """Whether `PUBLIC_PATHS` or the static files' own address names this path.

    A path with empty or dotted segments is named by nothing: a view further down might read it as another one. A
    folder opens the routes that are written as lying in it, not those that Django finds there too:
    `/static/members/` is also `<slug:team>/members/`, and an expression without `^` is found behind any folder.
    """
    if "//" in path or "\\" in path or any(segment in (".", "..") for segment in path.split("/")):
        return False
    return any(
        path == named or (named.endswith("/") and path.startswith(named) and route.startswith(named))
        for named in _open_paths()
    )


def _route(request: HttpRequest) -> str:
    """The route of a request as its URLconf writes it, with what an expression escapes written plainly."""
    match = request.resolver_match
    return "/" + _ESCAPED.sub(r"\1", str(match.route).removeprefix("^").removeprefix("/")) if match else ""


def _open_paths() -> tuple[str, ...]:
    static = settings.STATIC_URL or ""
    own = (static,) if static.startswith("/") and static.strip("/") else ()
    try:
        return (*own, *conf.current().public_paths)
    except ConfigurationError:
        return own


def _is_logged_in(request: HttpRequest) -> bool:
    """Whether Django's session has logged somebody in: their way in, and CSRF's to guard."""
    return bool(getattr(getattr(request, "user", None), "is_authenticated", False))


def _is_forced(request: HttpRequest) -> bool:
    """Whether a test said who asks (REST framework's `force_authenticate`)."""
    forced = getattr(request, "_force_auth_user", None) or getattr(request, "_force_auth_token", None)
    return forced is not None and conf.under_test_runner()


def _left_to_django(view: Any) -> bool:
    """Whether Django's own LoginRequiredMiddleware closes this view: it knows the project's login page."""
    return DJANGOS_OWN in settings.MIDDLEWARE and getattr(view, "login_required", True) is not False
