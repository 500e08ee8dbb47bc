"""The endpoints of djangorestframework-simplejwt, over those of django-bearer: same paths, members and errors.

`include("django_bearer_migrate.compat.simplejwt")` has `token/`, `token/refresh/`, `token/verify/` and
`token/blacklist/`. A browser gets its refresh token as a cookie that script cannot read, and a placeholder in the
body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import public
from django_bearer.errors import Failure, HTTPRefusal, TemporarilyUnavailable
from django_bearer.integrations.drf import views
from django_bearer.integrations.drf.parsing import CappedFormParser, CappedJSONParser

from .. import clock, ended_tokens, old_tables, settings, simplejwt, trades
from ..missing_tables import unavailable_without_tables
from ..simplejwt import ACCESS, REFRESH, Checked
from ..trades import MAX_RETRY_KEY, Traded

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

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log in."""
        found = super().post(request, *args, **kwargs)
        return translated(found, "No active account found with the given credentials", "no_active_account")

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
    def exchanged(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer in our own words, also where an old token was traded."""
        given = settings.current().simplejwt
        token, retry_key = self.old_token(request), sent(request, "retry_key")
        if given is not None and token and len(retry_key) <= MAX_RETRY_KEY:
            try:
                traded = trades.trade(request._request, token, given, retry_key)
            except TemporarilyUnavailable:
                raise
            except HTTPRefusal as error:
                traded = Failure(type(error), str(error))
            if isinstance(traded, Traded):
                body = {"access_token": traded.access, "expires_in": traded.expires_at - clock.seconds()}
                return Response(
                    body | ({"refresh_token": traded.refresh} if traded.refresh else {}), headers=NO_STORE
                )
            if isinstance(traded, Failure):
                return refused()
        return super().post(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """What REST framework refuses, in simplejwt's words."""
        return _plain(super().handle_exception(exc))


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
        done = super().post(request, *args, **kwargs)
        if isinstance(done, Response) and done.status_code == 204:
            done.status_code, done.data = 200, {}
            return done
        return translated(done, "Token is invalid", "token_not_valid")

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
