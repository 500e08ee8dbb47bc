"""The outcome of authentication as REST framework wants it: a pair, None, or an exception with a challenge."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from ...accounts.principal import Principal
from ...errors import Failure, HTTPRefusal
from ...http import authentication, public_views, route_access
from ...http.audience import audience_of
from ...http.challenge import challenge
from ...http.error_responses import render_with
from .exceptions import as_api_exception, translate_refusals


class BearerAuthentication(BaseAuthentication):
    """Authentication for REST framework, to be named in `DEFAULT_AUTHENTICATION_CLASSES`.

    It sets `request.user` and `request.auth` (a `Principal`). A request without a bearer token is left to the next
    class. A request whose token is refused gets 401 with a challenge, whatever class follows; a public view is
    entered anonymously. A view takes tokens for `BEARER["AUDIENCE"]`, or for the audience it names in
    `required_audience`.

    What our public functions raise in the view, such as `RateLimited`, reaches its exception handler as an exception
    of REST framework.

    Source:
        RFC 6750 section 3.
    """

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Authenticate a request, as REST framework asks for it.

        Args:
            request: The request of REST framework.

        Returns:
            The pair of user and principal, or None for a request without a bearer token.

        Raises:
            APIException: The token is refused. Its status, code and challenge are those of the refusal.
        """
        view = request.parser_context.get("view")
        if view is not None:
            translate_refusals(view)
        outcome = authentication.authenticate_request(request._request, audience_of(view))
        if outcome is None:
            return None
        if isinstance(outcome, Failure):
            refused = as_api_exception(outcome.exception())
            if view is None or not _is_public(request, view):
                raise refused
            self._enter_anonymously(request, view, refused)
            return None
        return outcome.user, outcome

    def _enter_anonymously(self, request: Request, view: Any, refused: APIException) -> None:
        """Let nobody further down the list be asked, as for a cookie's user; a view that asks says what was wrong."""
        asked = request.authenticators
        if not isinstance(asked, list):
            raise refused

        def permission_denied(*args: Any, **kwargs: Any) -> None:
            raise refused

        del asked[asked.index(self) + 1 :]  # the very list that REST framework is going through
        view.permission_denied = permission_denied

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401. Without it REST framework would answer 403.

        Args:
            request: The request of REST framework.

        Returns:
            The value of `WWW-Authenticate`.

        Source:
            RFC 6750 section 3.
        """
        return challenge(None)


def _is_public(request: Request, view: Any) -> bool:
    match = request._request.resolver_match
    if match is None:
        return public_views.is_public(type(view), str(request.method))
    return route_access.is_public(request._request, match.func)


@render_with
def _in_its_view(request: HttpRequest, error: HTTPRefusal, match: ResolverMatch) -> HttpResponseBase | None:
    """Named here, where whoever uses the class has passed: its views may be rendered by themselves."""
    from .rendering import refused_response  # REST framework imports this module while it loads its own views

    return refused_response(request, error, match)
