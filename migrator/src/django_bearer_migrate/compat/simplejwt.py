"""The endpoints of djangorestframework-simplejwt, over those of django-bearer: same paths, members and errors.

`include("django_bearer_migrate.compat.simplejwt")` has `token/`, `token/refresh/`, `token/verify/` and
`token/blacklist/`. A browser gets its refresh token as a cookie that script cannot read, and a placeholder in the
body.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import IssuedTokens, TokenDelivery, public, refresh_session, revoke_session, set_session_cookie
from django_bearer import login as log_in
from django_bearer.errors import Failure, HTTPRefusal, SessionEnded, TemporarilyUnavailable
from django_bearer.integrations.drf import views
from django_bearer.integrations.drf.parsing import CappedFormParser, CappedJSONParser

from .. import clock, ended_tokens, old_tables, settings, simplejwt, trades
from ..missing_tables import unavailable_without_tables
from ..simplejwt import ACCESS, REFRESH, Checked
from ..trades import MAX_RETRY_KEY, Traded
from . import pages
from .refusals import as_response

PLACEHOLDER = "cookie"
"""What a browser finds in the place of its refresh token."""
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
MAX_TOKEN = 8192
PARSERS = (CappedJSONParser, CappedFormParser)
OWN_WORDS = frozenset({"login_incomplete", "login_refused"})
"""Refusals that simplejwt does not know: they keep our words, and its status."""


class RefreshFieldSerializer(serializers.Serializer[Any]):
    """`refresh`, which our endpoint calls `refresh_token`."""

    refresh = serializers.CharField(max_length=MAX_TOKEN, trim_whitespace=False, write_only=True)
    retry_key = serializers.CharField(max_length=MAX_RETRY_KEY, required=False, write_only=True)

    @method_decorator(sensitive_variables())
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The members as our endpoint knows them."""
        found = {"refresh_token": attrs["refresh"]}
        return {**found, "retry_key": attrs["retry_key"]} if attrs.get("retry_key") else found


def refused(detail: str = "Token is invalid", code: str = "token_not_valid", status: int = 401) -> Response:
    """A refusal in simplejwt's words."""
    headers = {**NO_STORE, "WWW-Authenticate": 'Bearer realm="api"'} if status == 401 else NO_STORE
    return Response({"detail": detail, "code": code}, status=status, headers=headers)


def translated(response: HttpResponseBase, detail: str, code: str) -> HttpResponseBase:
    """The answer of an endpoint of ours as simplejwt would give it; `detail` and `code` are for a refusal."""
    if not isinstance(response, Response) or not isinstance(response.data, Mapping):
        return response
    said = response.data
    if "fields" in said:
        response.data = said["fields"]
    elif response.status_code == 401 or said.get("code") in OWN_WORDS:
        own = said.get("code") in OWN_WORDS
        response.data = {"detail": said["error_description"], "code": said["code"]} if own else None
        response.data = response.data or {"detail": detail, "code": code}
        response.status_code = 401
        response.headers.setdefault("WWW-Authenticate", 'Bearer realm="api"')
    elif response.status_code >= 400:
        response.data = {"detail": said.get("error_description", detail), "code": said.get("code", code)}
    else:
        response.data = _tokens(said)
    return response


@sensitive_variables()
def _tokens(said: Mapping[str, Any]) -> dict[str, Any]:
    found = {"access": said["access_token"]} if "access_token" in said else {}
    if "refresh_token" in said:
        found["refresh"] = said["refresh_token"]
    elif "refresh_expires_in" in said:
        found["refresh"] = PLACEHOLDER
    return found


@public
class TokenObtainPairView(views.TokenLoginView):
    """`POST {username, password}`: `{access, refresh}`."""

    parser_classes: Any = PARSERS

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log in."""
        legacy = pages.legacy_client(request._request)
        found = self.of_legacy(request, legacy) if legacy else super().post(request, *args, **kwargs)
        return translated(found, "No active account found with the given credentials", "no_active_account")

    @sensitive_variables()
    def of_legacy(self, request: Request, client_id: str) -> HttpResponseBase:
        """The answer for a page that cannot be changed at once, in our own words."""
        serializer = self.serializer_class(data=request.data, context={"request": request, "view": self})
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        name = given.get(str(get_user_model().USERNAME_FIELD), given.get("username", ""))
        try:
            done = log_in(request._request, name, given["password"], client_id=client_id)
        except HTTPRefusal as error:
            return as_response(request, error)
        return in_body(done.tokens)

    def handle_exception(self, exc: Exception) -> Response:
        """What REST framework refuses, in simplejwt's words."""
        return _plain(super().handle_exception(exc))


@public
class TokenRefreshView(views.TokenRefreshView):
    """`POST {refresh}`: `{access}`, with `refresh` where there is a new one. Takes our tokens and old ones."""

    serializer_class: ClassVar[Any] = RefreshFieldSerializer
    parser_classes: Any = PARSERS

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refresh, or trade an old token."""
        return translated(self.exchanged(request, *args, **kwargs), "Token is invalid", "token_not_valid")

    def old_token(self, request: Request) -> str:
        """What the client sent as its refresh token, which may be an old one; empty where it sent none."""
        return sent(request, "refresh")

    @sensitive_variables()
    def of_legacy(self, request: Request, client_id: str, token: str) -> HttpResponseBase:
        """The answer for a page that cannot be changed at once, in our own words."""
        meta = request._request.META
        context = f"{meta.get('REMOTE_ADDR', '')} {meta.get('HTTP_USER_AGENT', '')}"
        retry_key = sent(request, "retry_key")
        try:
            return in_body(
                refresh_session(
                    token, client_id=client_id, retry_key=retry_key, context=context, request=request._request
                )
            )
        except HTTPRefusal as error:
            return as_response(request, error)

    @sensitive_variables()
    def exchanged(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer in our own words, also where an old token was traded."""
        given = settings.current().simplejwt
        token, retry_key = self.old_token(request), sent(request, "retry_key")
        if given is not None and token and len(retry_key) <= MAX_RETRY_KEY:
            receiver = pages.receiver(request._request, given.entry)
            if receiver is not None and receiver.delivery == TokenDelivery.COOKIE and trades.is_spent(token, given):
                found = super().post(request, *args, **kwargs)  # the page may send its old token for ever
                if found.status_code != 401:
                    return found
            try:
                traded = trades.trade(request._request, token, given, receiver, retry_key)
            except TemporarilyUnavailable:
                raise
            except HTTPRefusal as error:
                traded = Failure(type(error), str(error))
            if isinstance(traded, Traded):
                return handed_out(traded)
            if isinstance(traded, Failure):
                return refused()
        legacy = pages.legacy_client(request._request)
        return self.of_legacy(request, legacy, token) if legacy and token else super().post(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """What REST framework refuses, in simplejwt's words."""
        return _plain(super().handle_exception(exc))


@sensitive_variables()
def in_body(tokens: IssuedTokens) -> Response:
    """The answer to a client that has its refresh token in the body, in our own words."""
    body = {"access_token": tokens.access_token, "expires_in": tokens.expires_in}
    if tokens.refresh_token is not None:
        body |= {"refresh_token": tokens.refresh_token, "refresh_expires_in": tokens.refresh_expires_in}
    return Response(body, headers=NO_STORE)


@sensitive_variables()
def handed_out(traded: Traded) -> Response:
    """The answer to a trade, in our own words. A page's refresh token is in its cookie."""
    now = clock.seconds()
    body: dict[str, Any] = {"access_token": traded.access, "expires_in": traded.expires_at - now}
    if traded.refresh is None:
        return Response(body, headers=NO_STORE)
    left = traded.refresh_expires_at - now
    if not traded.for_page():
        return Response({**body, "refresh_token": traded.refresh, "refresh_expires_in": left}, headers=NO_STORE)
    response = Response({**body, "refresh_expires_in": left}, headers=NO_STORE)
    set_session_cookie(response, uuid.UUID(traded.session_id), traded.refresh, left, client_id=traded.client_id)
    return response


@public
class TokenVerifyView(views.TokenVerifyView):
    """`POST {token}`: `{}` for a valid token of ours or an old one."""

    parser_classes: Any = PARSERS

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Verify."""
        given, token = settings.current().simplejwt, sent(request, "token")
        found = super().post(request, *args, **kwargs)
        if getattr(found, "status_code", 200) == 401 and given is not None and _is_valid(token, given):
            return Response({}, headers=NO_STORE)
        return translated(found, "Token is invalid", "token_not_valid")

    def handle_exception(self, exc: Exception) -> Response:
        """What REST framework refuses, in simplejwt's words."""
        return _plain(super().handle_exception(exc))


@public
class TokenBlacklistView(views.TokenLogoutView):
    """`POST {refresh}`: ends the session, or spends an old token."""

    serializer_class: ClassVar[Any] = RefreshFieldSerializer
    parser_classes: Any = PARSERS

    def old_token(self, request: Request) -> str:
        """What the client sent as its refresh token, which may be an old one; empty where it sent none."""
        return sent(request, "refresh")

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """End it."""
        given, token = settings.current().simplejwt, self.old_token(request)
        found = _checked(token, given) if given is not None and token else None
        if isinstance(found, Checked):
            return Response({}, headers=NO_STORE) if trades.end(found) else refused("Token is blacklisted")
        if isinstance(found, Failure):
            return refused()
        legacy = pages.legacy_client(request._request)
        if legacy and token:
            return self.of_legacy(request, legacy, token)
        done = super().post(request, *args, **kwargs)
        if isinstance(done, Response) and done.status_code == 204:
            done.status_code, done.data = 200, {}
            return done
        return translated(done, "Token is invalid", "token_not_valid")

    @sensitive_variables()
    def of_legacy(self, request: Request, client_id: str, token: str) -> Response:
        """End the session of a page that cannot be changed at once: its refresh token is used up, and then ended."""
        try:
            issued = refresh_session(token, client_id=client_id, request=request._request)
        except SessionEnded:
            return refused()
        except HTTPRefusal as error:
            return as_response(request, error)
        revoke_session(issued.session_id, "logout")
        return Response({}, headers=NO_STORE)

    def handle_exception(self, exc: Exception) -> Response:
        """What REST framework refuses, in simplejwt's words."""
        return _plain(super().handle_exception(exc))


@unavailable_without_tables
@sensitive_variables()
def _checked(token: str, given: settings.SimpleJwt) -> Checked | Failure | None:
    return simplejwt.check(token, REFRESH, given)


@unavailable_without_tables
@sensitive_variables()
def _is_valid(token: str, given: settings.SimpleJwt) -> bool:
    found = simplejwt.check(token, ACCESS, given)
    if not isinstance(found, Checked):
        found = simplejwt.check(token, REFRESH, given)
        if isinstance(found, Checked) and old_tables.have_blacklist():
            row = old_tables.outstanding(found.claims.token_id)
            return row is None or not row.blacklisted
        if isinstance(found, Checked):
            return not ended_tokens.has(found.claims.token_id)
    return isinstance(found, Checked)


@sensitive_variables()
def sent(request: Request, name: str) -> str:
    """A member of the body that is a text; empty for anything else, which the serializer refuses."""
    found = request.data.get(name) if isinstance(request.data, Mapping) else None
    return found if isinstance(found, str) else ""


def _plain(response: Response) -> Response:
    done = translated(response, "Token is invalid", "token_not_valid")
    return done if isinstance(done, Response) else response


app_name = "django_bearer_migrate_simplejwt"
urlpatterns = [
    path("token/", TokenObtainPairView.as_view(), name="token_obtain_pair"),
    path("token/refresh/", TokenRefreshView.as_view(), name="token_refresh"),
    path("token/verify/", TokenVerifyView.as_view(), name="token_verify"),
    path("token/blacklist/", TokenBlacklistView.as_view(), name="token_blacklist"),
]
