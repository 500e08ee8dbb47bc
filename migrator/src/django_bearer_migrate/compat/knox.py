"""The endpoints of django-rest-knox, over those of django-bearer: same paths, members and errors.

`include("django_bearer_migrate.compat.knox")` has `login/`, `logout/`, `logoutall/` and `trade/`. The token of a
login is an API token of ours that comes under knox's keyword until the date in `BEARER_MIGRATE`. A page gets an
access token of minutes, and the session's cookie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth.signals import user_logged_out
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import DateTimeField
from rest_framework.settings import api_settings

from django_bearer import ApiToken, Principal, public, revoke_api_token, revoke_user
from django_bearer.errors import InvalidRequest, NotAuthenticated
from django_bearer.integrations.drf import BearerAuthentication, views

from .. import old_tables, settings, traded_sessions
from ..settings import Entry
from .key_trade import KeyTradeView, sent_token, signed_in
from .opaque_login import PARSERS, OpaqueLoginView, OpaqueToken, api_token_limit
from .refusals import NO_STORE, as_response, translated

TOO_MANY = {"error": "Maximum amount of tokens allowed per user exceeded."}


def _say(status: int, description: str) -> tuple[int, Mapping[str, Any]]:
    return status, {"detail": "Invalid username/password." if status == 401 else description}


@public
class LoginView(OpaqueLoginView):
    """`POST {username, password}`, or a Basic header: `{expiry, token}`, with `user` where `REST_KNOX` says so."""

    named = "knox"

    def entry(self) -> Entry | None:
        """The entry of knox."""
        given = settings.current().knox
        return None if given is None else given.entry

    def lifetime(self) -> int | None:
        """`TOKEN_TTL` of `REST_KNOX`."""
        given = settings.current().knox
        return None if given is None else given.token_seconds

    def refused(self, response: Response) -> Response:
        """`{"detail": …}`."""
        return translated(response, _say)

    def members(self, request: Request, made: OpaqueToken) -> Mapping[str, Any]:
        """`token` and its `expiry`."""
        old = getattr(django_settings, "REST_KNOX", {})
        written = DateTimeField(format=old.get("EXPIRY_DATETIME_FORMAT", api_settings.DATETIME_FORMAT))
        when = datetime.fromtimestamp(made.expires_at, UTC)
        found = {"expiry": written.to_representation(when), "token": made.token}
        serializer = old.get("USER_SERIALIZER")
        if serializer is None:
            return found
        serializer = import_string(serializer) if isinstance(serializer, str) else serializer
        context = {"request": request, "format": self.format_kwarg, "view": self}
        return {**found, "user": serializer(made.user, context=context).data}

    def most(self) -> int:
        """As many as `BEARER["API_TOKEN_LIMIT"]` allows. `TOKEN_LIMIT_PER_USER` refuses, as in knox."""
        return api_token_limit()

    def issue(self, user: Any, given: Mapping[str, Any]) -> Any:
        """An API token, unless the user has as many as `TOKEN_LIMIT_PER_USER` allows, counted with this one."""
        made = super().issue(user, given)
        knox = settings.current().knox
        limit = None if knox is None else knox.token_limit
        if limit is not None and self._held(user, made.id) > limit:
            revoke_api_token(made.id, "beyond_limit")
            raise TooManyTokens
        return made

    def _held(self, user: Any, newest: Any) -> int:
        rows = ApiToken.objects.filter(user_id=user.pk, name=self.named, revoked_at__isnull=True)
        since = rows.filter(pk=newest).values("created_at")
        return int(rows.filter(expires_at__gt=since).count())

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log in."""
        try:
            return super().post(request, *args, **kwargs)
        except TooManyTokens:
            return Response(TOO_MANY, status=403, headers=NO_STORE)


class TooManyTokens(Exception):
    """The user has as many tokens as `TOKEN_LIMIT_PER_USER` allows."""


@public
class LogoutView(views.TokenLogoutView):
    """`POST` with a token: 204, and the token has ended: an API token of ours, a session, or an old token."""

    parser_classes: Any = PARSERS
    authentication_classes: Any = (BearerAuthentication,)

    @sensitive_variables()
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log out."""
        principal = signed_in(request)
        if principal is None:
            return translated(as_response(request, NotAuthenticated("no token that is accepted was sent")))
        if principal.api_token is not None:
            revoke_api_token(principal.api_token.id, "logout")
        elif principal.legacy is not None:
            _end_old(request, principal)
        else:
            found = super().post(request, *args, **kwargs)
            return translated(found) if isinstance(found, Response) else found
        _tell(request, principal.user)
        return Response(None, status=204, headers=NO_STORE)


@public
class LogoutAllView(views.TokenLogoutView):
    """`POST` with a token: 204, and everything that the user is logged in with has ended."""

    parser_classes: Any = PARSERS
    authentication_classes: Any = (BearerAuthentication,)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log out everywhere."""
        principal = signed_in(request)
        if principal is None:
            return translated(as_response(request, NotAuthenticated("no token that is accepted was sent")))
        revoke_user(principal.user)
        old_tables.delete_knox_tokens(principal.user.pk)
        _tell(request, principal.user)
        return Response(None, status=204, headers=NO_STORE)


@sensitive_variables()
def _end_old(request: Request, principal: Principal) -> None:
    given = settings.current().knox
    if given is None or principal.legacy is None or principal.legacy.source != given.entry.name:
        raise InvalidRequest("the token is of another package")
    digest = hashlib.new(given.hash_name, sent_token(request).encode()).hexdigest()
    old_tables.delete_knox_token(digest)
    traded_sessions.end(given.entry.name, digest)


def _tell(request: Request, user: Any) -> None:
    user_logged_out.send_robust(sender=type(user), request=request._request, user=user)


urlpatterns = [
    path("login/", LoginView.as_view(), name="knox_login"),
    path("logout/", LogoutView.as_view(), name="knox_logout"),
    path("logoutall/", LogoutAllView.as_view(), name="knox_logoutall"),
    path("trade/", KeyTradeView.as_view(), name="knox_trade"),
]
