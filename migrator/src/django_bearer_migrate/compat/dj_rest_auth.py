"""The token endpoints of dj-rest-auth, over those of django-bearer: same paths, members, cookies and errors.

`include("django_bearer_migrate.compat.dj_rest_auth")` has `login/`, `logout/`, `user/`, `token/verify/` and also
`token/refresh/`. Passwords and registration stay with dj-rest-auth's own views, below. With `USE_JWT` a login begins
a session; without it, it yields a key, as with `authtoken`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import re_path
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import Principal, authenticate_token, public, revoke_api_token
from django_bearer.integrations.drf import BearerAuthentication, views
from django_bearer.integrations.drf.serializers import LoginSerializer

from .. import clock, copying, old_tables, settings, traded_sessions, trades
from . import simplejwt, token_cookies
from .authtoken import ObtainAuthToken
from .key_trade import sent_token, signed_in
from .opaque_login import OpaqueToken
from .refusals import NO_STORE
from .simplejwt import PLACEHOLDER, RefreshFieldSerializer

MISSING = 'Must include either "username" or "email" and "password".'
LOGGED_OUT = "Successfully logged out."
ELSEWHERE = "This token is not one of these endpoints: log out where it was issued."
"""To a token of knox or django-oauth-toolkit. It would stay good, so nothing else may be said."""


class EmailLoginSerializer(LoginSerializer):
    """`username` or `email`, and `password`."""

    def to_internal_value(self, data: Any) -> Any:
        """The name of the account with this e-mail address, where no name was sent."""
        name = str(get_user_model().USERNAME_FIELD)
        if isinstance(data, Mapping) and not any(data.get(each) for each in (name, "username", "email")):
            raise serializers.ValidationError({"non_field_errors": [MISSING]})
        if isinstance(data, Mapping) and data.get("email") and not data.get("username") and name != "email":
            data = {**data, name: _name_of(data["email"])}
        return super().to_internal_value(data)


def _name_of(address: Any) -> Any:
    """The name of the one account with this address; the address itself where there is none or more than one."""
    model = get_user_model()
    if not isinstance(address, str) or len(address) > 320 or "\x00" in address:
        return address
    found = model._default_manager.filter(**{f"{model.get_email_field_name()}__iexact": address})[:2]
    return found[0].get_username() if len(found) == 1 else address


def _shown(model: Any) -> list[str]:
    names = (model.USERNAME_FIELD, model.get_email_field_name(), "first_name", "last_name")
    return ["pk", *dict.fromkeys(name for name in names if hasattr(model, name))]


class UserDetailsSerializer(serializers.ModelSerializer[Any]):
    """`pk`, name, address, first and last name; the address cannot be changed here."""

    class Meta:
        model = get_user_model()
        fields = _shown(model)
        read_only_fields = (model.get_email_field_name(),)


def user_serializer() -> Any:
    """`USER_DETAILS_SERIALIZER` of `REST_AUTH`, or one with the same members as dj-rest-auth's own."""
    found = token_cookies.given().get("USER_DETAILS_SERIALIZER", UserDetailsSerializer)
    return import_string(found) if isinstance(found, str) else found


@public
class LoginView(ObtainAuthToken):
    """`POST {username or email, password}`: `{key}`, or with `USE_JWT` `{access, refresh, user}` and a cookie."""

    named = "dj-rest-auth"
    serializer_class: ClassVar[Any] = EmailLoginSerializer

    def members(self, request: Request, made: OpaqueToken) -> Mapping[str, Any]:
        """`key`."""
        return {"key": made.token}

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log in."""
        if not token_cookies.given().get("USE_JWT"):
            return super().post(request, *args, **kwargs)
        found = views.TokenLoginView.post(self, request, *args, **kwargs)
        if not isinstance(found, Response) or found.status_code != 200:
            return self.refused(found) if isinstance(found, Response) else found
        said = dict(found.data)
        user = authenticate_token(said["access_token"], request=request._request).user
        context = {"request": request, "format": self.format_kwarg, "view": self}
        body = {"access": said["access_token"], "refresh": "", "user": user_serializer()(user, context=context).data}
        if token_cookies.given().get("JWT_AUTH_RETURN_EXPIRATION"):
            ends = {"access_expiration": "expires_in", "refresh_expiration": "refresh_expires_in"}
            body |= {name: _when(said[left]) for name, left in ends.items() if left in said}
        found.data = _hand_out(request._request, found, said, body)
        return found


@sensitive_variables()
def _hand_out(
    request: HttpRequest, response: Response, said: Mapping[str, Any], body: dict[str, Any]
) -> dict[str, Any]:
    """The body, with the refresh token only where dj-rest-auth shows it to a client that is no page."""
    token_cookies.put_access(response, said["access_token"], int(said["expires_in"]))
    token_cookies.give_csrf_token(request)
    if trades.is_browser(request):
        body["refresh"] = "" if token_cookies.hides_refresh_tokens() else PLACEHOLDER
    elif "refresh_token" in said:
        token_cookies.put_refresh(response, said["refresh_token"], int(said["refresh_expires_in"]))
        body["refresh"] = "" if token_cookies.hides_refresh_tokens() else said["refresh_token"]
    return body


def _when(seconds: int) -> str:
    return serializers.DateTimeField().to_representation(datetime.fromtimestamp(clock.seconds() + int(seconds), UTC))


class OptionalRefreshSerializer(RefreshFieldSerializer):
    """`refresh`, which an app may have in dj-rest-auth's cookie, and a page has in ours."""

    refresh = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, write_only=True)

    @method_decorator(sensitive_variables())
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The members as our endpoint knows them."""
        found = super().validate({**attrs, "refresh": self.context["view"].old_token(self.context["request"])})
        return {name: value for name, value in found.items() if value}


@public
class TokenRefreshView(simplejwt.TokenRefreshView):
    """`POST {refresh}`, or a cookie: `{access, access_expiration}`, and what is new in cookies."""

    serializer_class: ClassVar[Any] = OptionalRefreshSerializer

    @sensitive_variables()
    def old_token(self, request: Request) -> str:
        """From the body, or from dj-rest-auth's cookie where CSRF holds."""
        return simplejwt.sent(request, "refresh") or _from_cookie(request._request)

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refresh, or trade an old token."""
        if not self.old_token(request) and not trades.is_browser(request._request):
            reason = _csrf_reason(request._request, token_cookies.refresh_name())
            return simplejwt.refused("No valid refresh token found.") if reason is None else _forged(reason)
        found = self.exchanged(request, *args, **kwargs)
        if not isinstance(found, Response) or found.status_code != 200 or "access_token" not in found.data:
            return simplejwt.translated(found, "No valid refresh token found.", "token_not_valid")
        said = dict(found.data)
        body = {"access": said["access_token"], "access_expiration": _when(said["expires_in"])}
        left = said.get("refresh_expires_in", settings.refresh_token_seconds())
        body = _hand_out(request._request, found, {**said, "refresh_expires_in": left}, body)
        if token_cookies.hides_refresh_tokens():
            body.pop("refresh", None)
        elif "refresh" in body:
            body["refresh_expiration"] = _when(left)
        found.data = body
        return found


@sensitive_variables()
def _from_cookie(request: HttpRequest) -> str:
    """The refresh cookie of dj-rest-auth, which an app has from us and a page may have from before the move."""
    token = request.COOKIES.get(token_cookies.refresh_name(), "") if token_cookies.refresh_name() else ""
    return token if token and token_cookies.csrf_reason(request) is None else ""


def _csrf_reason(request: HttpRequest, *names: str) -> str | None:
    """Why a request with one of these cookies may be forged; None where it has none of them or CSRF holds."""
    held = any(name and request.COOKIES.get(name) for name in names)
    return token_cookies.csrf_reason(request) if held else None


def _forged(reason: str) -> Response:
    return Response({"detail": f"CSRF Failed: {reason}"}, status=403, headers=NO_STORE)


@public
class LogoutView(simplejwt.TokenBlacklistView):
    """`POST`, with a token in the header, a refresh token in the body or in a cookie: it ends, and so do cookies."""

    serializer_class: ClassVar[Any] = OptionalRefreshSerializer
    authentication_classes: Any = (BearerAuthentication,)

    @sensitive_variables()
    def old_token(self, request: Request) -> str:
        """From the body, or from dj-rest-auth's cookie where CSRF holds."""
        return simplejwt.sent(request, "refresh") or _from_cookie(request._request)

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log out."""
        principal, given = signed_in(request), token_cookies.given()
        reason = self._unread(request, principal)
        if reason is not None:  # the token in the cookie would stay good
            return _forged(reason)
        legacy = principal.legacy.source if principal is not None and principal.legacy is not None else ""
        if principal is not None and principal.api_token is not None:
            revoke_api_token(principal.api_token.id, "logout")
        elif principal is not None and legacy == settings.AUTHTOKEN and not self.old_token(request):
            old_tables.delete_auth_token(principal.user.pk)
            traded_sessions.end(settings.AUTHTOKEN, copying.digest_of(sent_token(request)))
        elif legacy not in ("", settings.SIMPLEJWT) and not self.old_token(request):
            return Response({"detail": ELSEWHERE}, status=400, headers=NO_STORE)
        elif (
            (principal is None or legacy) and not self.old_token(request) and not trades.is_browser(request._request)
        ):
            where = "cookie" if token_cookies.hides_refresh_tokens() else "request"
            missing = f"Refresh token was not included in {where} data."
            response = Response({"detail": missing}, status=401 if given.get("USE_JWT") else 400, headers=NO_STORE)
            token_cookies.clear(response)
            return response
        else:
            found = super().post(request, *args, **kwargs)
            if not isinstance(found, Response) or found.status_code >= 400:
                return found
            token_cookies.clear(found)
            found.data = {"detail": LOGGED_OUT}
            return found
        response = Response({"detail": LOGGED_OUT}, headers=NO_STORE)
        token_cookies.clear(response)
        return response

    @sensitive_variables()
    def _unread(self, request: Request, principal: Principal | None) -> str | None:
        """Why the token to end is in a cookie that is not read; None where it is somewhere else or there is none."""
        if simplejwt.sent(request, "refresh") or (principal is not None and principal.api_token is not None):
            return None
        access = token_cookies.access_name() if principal is None else ""
        return _csrf_reason(request._request, token_cookies.refresh_name(), access)


class UserDetailsView(RetrieveUpdateAPIView[Any]):
    """`GET`, `PUT` or `PATCH user/`: who is logged in."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get_serializer_class(self) -> Any:
        """`USER_DETAILS_SERIALIZER` of `REST_AUTH`."""
        return user_serializer()

    def get_object(self) -> Any:
        """Who asks."""
        return self.request.user

    def get_queryset(self) -> Any:
        """Nobody, for a schema generator."""
        return get_user_model()._default_manager.none()


urlpatterns = [
    re_path(r"login/?$", LoginView.as_view(), name="rest_login"),
    re_path(r"logout/?$", LogoutView.as_view(), name="rest_logout"),
    re_path(r"user/?$", UserDetailsView.as_view(), name="rest_user_details"),
    re_path(r"token/verify/?$", simplejwt.TokenVerifyView.as_view(), name="token_verify"),
    re_path(r"token/refresh/?$", TokenRefreshView.as_view(), name="token_refresh"),
]
