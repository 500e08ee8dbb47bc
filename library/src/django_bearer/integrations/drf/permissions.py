"""Scopes as REST framework permissions."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request

from ...accounts.principal import Principal
from ...errors import ConfigurationError, InsufficientScope, NotAuthenticated
from ...http.handlers import own_handler, view_class
from ...http.public_views import is_marked, is_public
from ...http.route_access import is_public_path
from ...http.view_parts import TooManyParts, parts
from .exceptions import as_api_exception, translate_refusals

NO_TOKEN = (
    "the user is there without a token, by a Django session or force_authenticate(), so no scope reaches:"
    " in a test, force_authenticate(user, token=bearer.principal(user, scope=[…]))"
)
LIKE = {"HEAD": "GET", "OPTIONS": "GET"}
"""Methods that need what another needs, where a view does not name them."""


class IsAuthenticatedUnlessPublic(IsAuthenticated):
    """Requires authentication unless the view is public. Put it in `DEFAULT_PERMISSION_CLASSES`.

    A view is public where it, or the method that answers, is decorated with `public`, or where `PUBLIC_PATHS` names
    the path.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether a request may enter a view.

        Args:
            request: The request of REST framework.
            view: The view.

        Returns:
            True for an authenticated user and for a public view.
        """
        decorated = _is_decorated(request, view)
        return decorated or is_public_path(request._request) or super().has_permission(request, view)


def _is_decorated(request: Request, view: Any) -> bool:
    """Whether the route's view is public, where that is this view, whatever wraps it.

    A view that a public one only calls is another view, and has to be decorated itself.
    """
    match, method = request.resolver_match, str(request.method)
    if match is not None and _leads_to(match.func, type(view)):
        return is_public(match.func, method)
    return is_public(type(view), method) or is_marked(own_handler(view, type(view), method))


def _leads_to(found: Any, wanted: type) -> bool:
    try:
        return view_class(found) is wanted or any(part is wanted for part in parts(found))
    except TooManyParts:
        return False


class HasScope(BasePermission):
    """Requires a token with every scope that the view names in `required_scopes`.

    `required_scopes` is a list, or a mapping of method to list for a view that reads and writes. HEAD and OPTIONS
    need what GET needs. Where a mapping names neither, OPTIONS needs all that the view names.

    Source:
        RFC 6750 section 3.1 (`insufficient_scope`).
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether a request may enter a view.

        Args:
            request: The request of REST framework.
            view: The view, with `required_scopes`.

        Returns:
            True. A refusal is raised, so that the answer names the scopes.

        Raises:
            APIException: No token was sent (401), or it lacks a scope (403).
            ConfigurationError: The view names no scope. An empty list is more likely forgotten than meant.
        """
        translate_refusals(view)  # where another authenticator was first, ours was not asked
        principal = request.auth
        if not request.user.is_authenticated:
            raise as_api_exception(NotAuthenticated("no bearer token was sent"))
        if not isinstance(principal, Principal):
            raise as_api_exception(InsufficientScope(NO_TOKEN))
        missing = [scope for scope in self.scopes(request, view) if scope not in principal.scopes]
        if missing:
            raise as_api_exception(InsufficientScope(f"the token lacks {' '.join(missing)}"))
        return True

    def scopes(self, request: Request, view: Any) -> tuple[str, ...]:
        """Return the scopes that a request needs.

        Args:
            request: The request of REST framework.
            view: The view, with `required_scopes`.

        Returns:
            Names of scopes.

        Raises:
            ConfigurationError: The view names no scope.
        """
        named = getattr(view, "required_scopes", None)
        if isinstance(named, dict):
            method = str(request.method)
            if not hasattr(view, method.lower()):
                return ()  # REST framework answers 405 next
            every = {scope for scopes in named.values() for scope in scopes} if method == "OPTIONS" else None
            named = named.get(method) or named.get(LIKE.get(method)) or every
        if not named:
            raise ConfigurationError(f"{type(view).__name__} uses HasScope and names no required_scopes.")
        return tuple(named)


def scope_required(*scopes: str) -> type[HasScope]:
    """Make a permission class for these scopes: `permission_classes = [scope_required("notes:read")]`.

    Args:
        *scopes: Names of scopes, one at least.

    Returns:
        A subclass of `HasScope`.

    Raises:
        ConfigurationError: No scope is named.
    """
    if not scopes:
        raise ConfigurationError("scope_required() names no scope.")

    class ScopeRequired(HasScope):
        def scopes(self, request: Request, view: Any) -> tuple[str, ...]:
            return scopes

    return ScopeRequired
