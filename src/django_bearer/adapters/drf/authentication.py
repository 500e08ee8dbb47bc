"""The guard's outcome as REST framework wants it: a pair, None, or an exception with a challenge."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from ...errors import Failure, Refused
from ...http import guard
from ...http.challenge import body, challenge, headers, note
from ...http.expected import audience_of
from ...sessions.principal import Principal


class BearerAuthentication(BaseAuthentication):
    """`"django_bearer.adapters.drf.BearerAuthentication"` in DEFAULT_AUTHENTICATION_CLASSES.

    Sets `request.user`, and `request.auth` to the `Principal`. A request without a bearer token is left to the next
    class; one whose token is refused is answered 401 with a challenge, whatever stands further down the list.
    A view takes tokens for `BEARER["AUDIENCE"]`, or for the audience it names in `required_audience`.
    """

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        view = request.parser_context.get("view")
        outcome = guard.examine(request._request, audience_of(view))
        if outcome is None:
            return None
        if isinstance(outcome, Failure):
            raise as_api_exception(outcome.exception())
        return outcome.user, outcome

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (BR-06); without it REST framework would answer 403."""
        return challenge(None)


def as_api_exception(error: Refused) -> APIException:
    """A refusal as REST framework raises it: the same status, body and challenge as everywhere."""
    note(error)
    family = BearerAuthenticationFailed if error.status == 401 else BearerRefused
    return family(error)


class _Carried:
    """What an API exception of ours carries beside REST framework's own members."""

    refused: Refused

    @property
    def auth_header(self) -> str | None:
        return headers(self.refused).get("WWW-Authenticate")

    @auth_header.setter
    def auth_header(self, value: str) -> None:
        """REST framework writes the first authenticator's challenge here; ours says more, and stays."""

    @property
    def wait(self) -> int | None:
        """REST framework turns this into Retry-After."""
        return self.refused.retry_after


class BearerAuthenticationFailed(_Carried, AuthenticationFailed):
    """401 with our body and challenge."""

    def __init__(self, error: Refused) -> None:
        self.refused = error
        super().__init__(detail=body(error), code=error.code)


class BearerRefused(_Carried, APIException):
    """Any other refusal of the guard, with our body."""

    def __init__(self, error: Refused) -> None:
        self.refused = error
        self.status_code = error.status
        super().__init__(detail=body(error), code=error.code)
