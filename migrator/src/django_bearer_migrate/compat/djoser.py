"""The token endpoints of djoser, over those of django-bearer: same paths, members and errors.

`include("django_bearer_migrate.compat.djoser")` has `jwt/create/`, `jwt/refresh/` and `jwt/verify/`, as simplejwt
answers them, and `token/login/` and `token/logout/` for keys of `authtoken`. Accounts, their passwords and their
mails stay with djoser's own views, below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import re_path
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import public, revoke_api_token
from django_bearer.errors import NotAuthenticated
from django_bearer.integrations.drf import BearerAuthentication, views

from .. import copying, old_tables, settings, traded_sessions
from . import simplejwt
from .authtoken import ObtainAuthToken
from .key_trade import sent_token, signed_in
from .opaque_login import PARSERS, OpaqueToken
from .refusals import NO_STORE, as_response, translated


@public
class TokenCreateView(ObtainAuthToken):
    """`POST {username, password}`: `{auth_token}`. Each login has a token of its own."""

    named = "djoser"

    def members(self, request: Request, made: OpaqueToken) -> Mapping[str, Any]:
        """`auth_token`."""
        return {"auth_token": made.token}


@public
class TokenDestroyView(views.TokenLogoutView):
    """`POST` with a token: 204, and the token has ended: an API token of ours, a session, or the user's old key."""

    parser_classes: Any = PARSERS
    authentication_classes: Any = (BearerAuthentication,)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log out."""
        principal = signed_in(request)
        if principal is None:
            return translated(as_response(request, NotAuthenticated("no token that is accepted was sent")))
        if principal.api_token is not None:
            revoke_api_token(principal.api_token.id, "logout")
        elif principal.legacy is not None and principal.legacy.source == settings.AUTHTOKEN:
            old_tables.delete_auth_token(principal.user.pk)
            traded_sessions.end(settings.AUTHTOKEN, copying.digest_of(sent_token(request)))
        else:
            found = super().post(request, *args, **kwargs)
            return translated(found) if isinstance(found, Response) else found
        return Response(None, status=204, headers=NO_STORE)


urlpatterns = [
    re_path(r"^jwt/create/?$", simplejwt.TokenObtainPairView.as_view(), name="jwt-create"),
    re_path(r"^jwt/refresh/?$", simplejwt.TokenRefreshView.as_view(), name="jwt-refresh"),
    re_path(r"^jwt/verify/?$", simplejwt.TokenVerifyView.as_view(), name="jwt-verify"),
    re_path(r"^token/login/?$", TokenCreateView.as_view(), name="login"),
    re_path(r"^token/logout/?$", TokenDestroyView.as_view(), name="logout"),
]
