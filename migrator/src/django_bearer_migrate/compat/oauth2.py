"""Endpoints of django-oauth-toolkit over those of django-bearer: refresh, revoke and introspect.

`include("django_bearer_migrate.compat.oauth2")` has `token/`, `revoke_token/` and `introspect/`. `token/` knows the
grant `refresh_token` alone: codes and consent are an authorization server's, and the password grant must not be used
(RFC 9700 section 2.4). Clients name and prove themselves as they are in the old package's table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import DatabaseError, OperationalError, router, transaction
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import Principal, Session, authenticate_token, public
from django_bearer.errors import Failure, HTTPRefusal, InvalidToken, TemporarilyUnavailable
from django_bearer.integrations.drf import BearerAuthentication, views
from django_bearer.integrations.drf.parsing import CappedFormParser, CappedJSONParser

from .. import clock, dot, dot_sessions, dot_tables, dot_trades, proved_clients, settings, trades
from ..dot_tables import Application
from ..missing_tables import missing
from ..settings import Dot
from . import client_guesses
from .key_trade import signed_in
from .opaque_login import basic
from .refusals import NO_STORE, as_response
from .simplejwt import sent

MAX_ID, MAX_SECRET, MAX_TOKEN = 100, 512, 8192
INTROSPECTION = "introspection"
"""The scope of django-oauth-toolkit for whoever may introspect."""


class OAuthError(Exception):
    """A refusal in the words of RFC 6749 section 5.2. `code` is its `error`, `hint` says what to do."""

    def __init__(self, code: str, hint: str, status: int = 400) -> None:
        super().__init__(hint)
        self.code, self.hint, self.status = code, hint, status

    def response(self) -> Response:
        """The answer."""
        headers = {**NO_STORE, "WWW-Authenticate": 'Basic realm="api"'} if self.status == 401 else NO_STORE
        return Response({"error": self.code, "error_description": self.hint}, status=self.status, headers=headers)


class TokenOfClientSerializer(serializers.Serializer[Any]):
    """A token, and the client that asks, as our endpoint knows them: the view has checked the client before."""

    def to_internal_value(self, data: Any) -> Any:
        """The members for our endpoint."""
        return self.context["view"].members_of(self.context["request"])


class ClientView(views.EndpointView):
    """What the endpoints for clients share: who asks, and that nothing is answered where there is no entry."""

    parser_classes: Any = (CappedFormParser, CappedJSONParser)
    serializer_class: ClassVar[Any] = TokenOfClientSerializer
    has_sent_secret = False
    """Whether the client that asks has sent its own secret, which a public one need not."""

    def handle_exception(self, exc: Exception) -> Response:
        """503 where a table of the old package is missing; a client keeps its token."""
        reason = missing(settings.DOT) if isinstance(exc, DatabaseError) else None
        if reason is not None:
            return as_response(self.request, TemporarilyUnavailable(reason))
        if isinstance(exc, HTTPRefusal):
            return as_response(self.request, exc)
        if isinstance(exc, OperationalError):
            return as_response(self.request, TemporarilyUnavailable("the database was busy"))
        return super().handle_exception(exc)

    def given(self) -> Dot:
        """The entry in `BEARER_MIGRATE`."""
        found = settings.current().dot
        if found is None or clock.seconds() >= found.entry.ends_at:
            raise OAuthError("invalid_grant", "Tokens of this kind have ended. Log in again.")
        return found

    @sensitive_variables()
    def client(self, request: Request) -> Application:
        """The client that asks and has proved itself, by its Basic header or by the body, never by both."""
        header = basic(str(request._request.META.get("HTTP_AUTHORIZATION") or ""))
        client_id, secret = sent(request, "client_id"), sent(request, "client_secret")
        if header is not None:
            if secret or client_id not in ("", header[0]):
                raise OAuthError("invalid_request", "Name the client once, in the header or in the body.")
            client_id, secret = header
        fits = 0 < len(client_id) <= MAX_ID and len(secret) <= MAX_SECRET and "\0" not in client_id
        found = dot_tables.application(client_id) if fits else None
        if fits and secret:
            client_guesses.count(request._request, client_id, found, secret)
        if found is None or not dot.has_secret(found, secret):
            raise OAuthError("invalid_client", "The client is unknown, or its secret is wrong.", 401)
        if secret:
            client_guesses.proved(found, secret)
        self.has_sent_secret = bool(secret)
        proved_clients.note(request._request, found.client_id)
        if header is not None:  # it has done its work: our endpoint would look for a client of ours in it
            del request._request.META["HTTP_AUTHORIZATION"]
        return found

    def token(self, request: Request, name: str) -> str:
        """A token in the body."""
        found = sent(request, name)
        if not 0 < len(found) <= MAX_TOKEN:
            raise OAuthError("invalid_request", f"Send {name} in the body.")
        return found


@public
class TokenView(ClientView, views.TokenRefreshView):
    """`POST grant_type=refresh_token`: tokens of our session, or of the one that an old refresh token becomes."""

    asked: Mapping[str, str] = {}

    def members_of(self, request: Request) -> Mapping[str, str]:
        """For our refresh: the token, and the client of ours that stands for the one that asked."""
        return self.asked

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refresh."""
        try:
            return self._answer(request, *args, **kwargs)
        except OAuthError as error:
            return error.response()
        except HTTPRefusal as error:
            return as_response(request, error)

    @sensitive_variables()
    def _answer(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        given = self.given()
        if sent(request, "grant_type") != "refresh_token":
            raise OAuthError("unsupported_grant_type", "Only the grant refresh_token is known here.")
        token, client = self.token(request, "refresh_token"), self.client(request)
        retry_key = sent(request, "retry_key")
        if len(retry_key) > trades.MAX_RETRY_KEY:
            raise OAuthError("invalid_request", "retry_key is too long.")
        traded = dot_trades.trade(request._request, token, client, given, retry_key)
        if isinstance(traded, Failure):
            if issubclass(traded.error, TemporarilyUnavailable):
                return as_response(request, traded.exception())
            raise OAuthError("invalid_grant", "The refresh token is not accepted. Log in again.")
        if traded is not None:
            body = {"access_token": traded.access, "token_type": "Bearer", "refresh_token": traded.refresh}
            return Response({**body, "expires_in": traded.expires_at - clock.seconds()}, headers=NO_STORE)
        if dot_sessions.is_anothers(token, client, request._request):
            raise OAuthError("invalid_grant", "The refresh token is not accepted. Log in again.")
        ours = {"client_id": given.client_of(client.client_id), "client_secret": ""}
        self.asked = {"refresh_token": token, "retry_key": retry_key, **ours}
        found = super().post(request, *args, **kwargs)
        if found.status_code == 401 and isinstance(found, Response) and found.data.get("error") == "invalid_grant":
            raise OAuthError("invalid_grant", "The refresh token is not accepted. Log in again.")
        return found


@public
class RevokeTokenView(ClientView, views.TokenRevokeView):
    """`POST token=…` by a client: the token has ended, if it was this client's (RFC 7009)."""

    asked: Mapping[str, str] = {}

    def members_of(self, request: Request) -> Mapping[str, str]:
        """For our endpoint: the token, and the client of ours that stands for the one that asked."""
        return self.asked

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Revoke."""
        try:
            given, token, client = self.given(), self.token(request, "token"), self.client(request)
        except OAuthError as error:
            return error.response()
        with transaction.atomic(using=router.db_for_write(Session)):
            old, access = dot_tables.refresh(token), dot_tables.access(token)
            if old is not None and old.application_id == client.row_id:
                dot_tables.spend(old)
            if access is not None and access.application_id == client.row_id:
                dot_tables.delete_access(access)
        if old is not None and old.application_id == client.row_id:
            trades.end_session(dot.token_id(token))
        if old is not None or access is not None or dot_sessions.is_anothers(token, client, request._request):
            return Response(None, headers=NO_STORE)
        self.asked = {"token": token, "client_id": given.client_of(client.client_id), "client_secret": ""}
        return super().post(request, *args, **kwargs)


@public
class IntrospectTokenView(ClientView):
    """`POST token=…` by a client with a secret, or by a bearer with the scope `introspection`."""

    authentication_classes: Any = (BearerAuthentication,)

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Introspect."""
        try:
            given = self.given()
            asker = signed_in(request)
            if asker is None:
                self.client(request)
            allowed = self.has_sent_secret if asker is None else asker.has_scopes(INTROSPECTION)
            if not allowed:
                raise OAuthError("invalid_client", "Only a client with a secret may introspect.", 401)
            token = self.token(request, "token")
        except OAuthError as error:
            return error.response()
        return Response(self._described(request, token, given), headers=NO_STORE)

    @sensitive_variables()
    def _described(self, request: Request, token: str, given: Dot) -> Mapping[str, Any]:
        try:
            found: Principal = authenticate_token(token, request=request._request)
        except InvalidToken:
            return self._old(token, given)
        members = {"active": True, "scope": " ".join(sorted(found.scopes)), "exp": found.expires_at()}
        return {**members, "client_id": found.client_id, "username": found.user.get_username()}

    @sensitive_variables()
    def _old(self, token: str, given: Dot) -> Mapping[str, Any]:
        row = dot_tables.access(token)
        login = None if row is None else dot.login(row, given)
        if row is None or login is None or isinstance(login, Failure):
            return {"active": False}
        members = {"active": True, "scope": " ".join(sorted(login.scopes)), "exp": login.expires_at}
        return {
            **members,
            "client_id": dot_tables.client_id_of(row.application_id),
            "username": login.user.get_username(),
        }


urlpatterns = [
    path("token/", TokenView.as_view(), name="token"),
    path("revoke_token/", RevokeTokenView.as_view(), name="revoke-token"),
    path("introspect/", IntrospectTokenView.as_view(), name="introspect"),
]
