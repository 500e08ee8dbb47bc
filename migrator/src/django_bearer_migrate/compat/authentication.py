"""Authentication classes under the names of the old packages: a refused token is 401 on public views, too.

Their clients take a 401 for the sign to refresh or to log in. With `BearerAuthentication` they would be anonymous.
"""

from __future__ import annotations

from typing import Any, NoReturn

from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from django_bearer import Principal
from django_bearer.errors import InvalidToken
from django_bearer.integrations.drf import BearerAuthentication
from django_bearer.integrations.drf.exceptions import BearerAPIException

INVALID = "Invalid token."


class RefusingAuthentication(BearerAuthentication):
    """`BearerAuthentication`, which refuses a token that is not accepted wherever it is sent."""

    def _enter_anonymously(self, request: Request, view: Any, refused: APIException) -> NoReturn:
        raise refused


class JWTAuthentication(RefusingAuthentication):
    """simplejwt's and dj-rest-auth's name for it."""


JWTCookieAuthentication = JWTAuthentication
"""An access cookie comes through `token_cookies.AccessCookieMiddleware`, which checks CSRF before."""


class TokenAuthentication(RefusingAuthentication):
    """knox's and `authtoken`'s name for it, with their words."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Authenticate a request, as REST framework asks for it."""
        try:
            return super().authenticate(request)
        except BearerAPIException as error:
            if isinstance(error.refused, InvalidToken):
                raise AuthenticationFailed(INVALID) from None
            raise
