"""The endpoints as REST framework views: the same handlers, and serializers that may add fields, never drop one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from ... import errors
from ...endpoints import base
from ...endpoints.api_tokens import create_api_token, list_api_tokens, revoke_api_token
from ...endpoints.impersonate import impersonate_user
from ...endpoints.introspect import introspect
from ...endpoints.login import login
from ...endpoints.logout import logout, logout_everywhere
from ...endpoints.password import change_password
from ...endpoints.recovery import ask_for_link, set_new_password
from ...endpoints.refresh import refresh
from ...endpoints.revoke import revoke
from ...endpoints.second_factor import second_factor
from ...endpoints.sessions import end_one, list_sessions
from ...endpoints.step_up import step_up
from ...endpoints.tickets import create_ticket
from ...endpoints.verify import verify
from ...http.challenge import NO_STORE, body
from ...http.delivery_failure import when_sent, when_undelivered
from ...http.error_responses import respond
from ...http.middleware import refuses_plain_http
from ...http.public_views import checks_credentials
from .exceptions import BearerAPIException, as_api_exception, rollback_kept
from .parsing import CappedFormParser, CappedJSONParser
from .responses import (
    ApiTokensAnswer,
    IntrospectionAnswer,
    NewApiTokenAnswer,
    SessionsAnswer,
    TicketAnswer,
    TokensAnswer,
    VerifyAnswer,
)
from .serializers import (
    ApiTokenSerializer,
    AskingSerializer,
    ImpersonateSerializer,
    LoginSecondFactorSerializer,
    LoginSerializer,
    LogoutSerializer,
    NewPasswordSerializer,
    NothingSerializer,
    PasswordSerializer,
    RecoverySerializer,
    RefreshSerializer,
    StepUpSerializer,
    TicketSerializer,
    VerifySerializer,
    taken_as_sent,
)

_OURS: dict[type[Exception], type[errors.HTTPRefusal]] = {
    MethodNotAllowed: errors.MethodNotAllowed,
    UnsupportedMediaType: errors.UnsupportedMediaType,
    ParseError: errors.InvalidRequest,
}
"""What REST framework refuses before an endpoint is asked, and the same refusal as the plain endpoints give it."""


class AlwaysJSON(DefaultContentNegotiation):
    """An endpoint speaks JSON whatever Accept header or `format` parameter asks for, as the plain endpoints do."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class EndpointView(APIView):
    """One endpoint. `handle` is fixed per class; a subclass may put another serializer in `serializer_class`."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes: Any = (CappedJSONParser,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJSON
    serializer_class: ClassVar[Any] = NothingSerializer
    handle: ClassVar[Any]

    method: ClassVar[str] = "POST"
    answers: ClassVar[Mapping[str, tuple[int, Any]]] = {"post": (204, None)}
    takes_token: ClassVar[bool] = False
    """What a schema generator says of it: status and answer by method, and whether a token says who asks."""
    http_method_names = ["post", "options"]

    # Not by Django's decorator of methods, which would decorate anew for each request.
    @base.outside_transactions
    @refuses_plain_http
    @login_not_required
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.through(type(self).handle, request, kwargs)

    @sensitive_variables()
    def through(
        self, handle: Any, request: Request, kwargs: Mapping[str, Any], method: str | None = None
    ) -> HttpResponseBase:
        """The endpoint's answer, as REST framework sends it."""

        def read(_: HttpRequest) -> Mapping[str, Any]:
            if self.serializer_class is NothingSerializer or method == "GET":
                return kwargs
            base.read_capped(request._request)  # before a parser of the project's own, which may be less careful
            plain = taken_as_sent(self.serializer_class, request.data)
            if plain is not None:
                return {**plain, **kwargs}
            serializer = self.serializer_class(data=request.data, context={"request": request, "view": self})
            if not serializer.is_valid():
                raise ValidationError(serializer.errors)
            return {**dict(request.data), **serializer.validated_data, **kwargs}

        found = base.answer(handle, request._request, read, method or self.method)
        if found.text:
            return respond(found)
        response = Response(found.body, status=found.status, headers=dict(found.headers))
        for cookie in found.cookies:
            cookie.put(response)
        if found.undo is not None:
            when_undelivered(response, found.undo)
        if found.after is not None:
            when_sent(response, found.after)
        return response

    def get_exception_handler(self) -> Any:
        """REST framework's own: clients of these endpoints rely on one shape, whatever a project's views answer."""
        return exception_handler

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal of REST framework's own, in our one shape and never stored."""
        exposed = base.exposed(self.request._request) if isinstance(exc, APIException) else None
        exc = exc if exposed is None else as_api_exception(exposed)
        with rollback_kept():  # no transaction is open here but a test's
            response: Response = super().handle_exception(exc)
        if type(exc) in _OURS:
            response.data = body(_OURS[type(exc)]())
        elif isinstance(exc, BearerAPIException):
            response.data = body(exc.refused)
        elif isinstance(exc, ValidationError):
            response.data = {**body(errors.InvalidRequest()), "fields": exc.detail}
        for name, value in NO_STORE.items():
            response[name] = value
        return response


class TokenLoginView(EndpointView):
    """`POST {username, password}`: log in, as the endpoint `login/`."""

    serializer_class = LoginSerializer
    answers = {"post": (200, TokensAnswer)}
    handle = staticmethod(login)


class TokenRefreshView(EndpointView):
    """`POST {refresh_token}`: exchange a refresh token, as the endpoint `refresh/`.

    Source:
        RFC 6749 section 6, RFC 9700 section 4.14.2.
    """

    serializer_class = RefreshSerializer
    answers = {"post": (200, TokensAnswer)}
    handle = staticmethod(refresh)


class TokenLoginSecondFactorView(EndpointView):
    """`POST {limited_token, code}`: the second step of a login."""

    serializer_class = LoginSecondFactorSerializer
    answers = {"post": (200, TokensAnswer)}
    handle = staticmethod(second_factor)


@checks_credentials
class TokenStepUpView(EndpointView):
    """`POST {password}`, with an access token: new tokens of the same session."""

    serializer_class = StepUpSerializer
    answers = {"post": (200, TokensAnswer)}
    takes_token = True
    handle = staticmethod(step_up)


class RecoveryView(EndpointView):
    """`POST {account}`: mail a link for a new password."""

    serializer_class = RecoverySerializer
    handle = staticmethod(ask_for_link)


class NewPasswordView(EndpointView):
    """`POST {recovery_token, password}`: set a new password."""

    serializer_class = NewPasswordSerializer
    handle = staticmethod(set_new_password)


class TokenLogoutView(EndpointView):
    """`POST {refresh_token}`, or the access token in the header: end the session, as the endpoint `logout/`."""

    serializer_class = LogoutSerializer
    handle = staticmethod(logout)


@checks_credentials
class TokenLogoutEverywhereView(EndpointView):
    """`POST` with an access token: end every session of the user, as the endpoint `logout-everywhere/`."""

    takes_token = True
    handle = staticmethod(logout_everywhere)


class TokenVerifyView(EndpointView):
    """`POST {token}`: tell whether an access token would be accepted, as the endpoint `verify/`."""

    serializer_class = VerifySerializer
    answers = {"post": (200, VerifyAnswer)}
    handle = staticmethod(verify)


class TokenRevokeView(EndpointView):
    """`POST token=…`, as a form or JSON: revoke a token, as the endpoint `revoke/`.

    Source:
        RFC 7009 section 2.
    """

    parser_classes = (CappedJSONParser, CappedFormParser)
    serializer_class = AskingSerializer
    answers = {"post": (200, None)}
    handle = staticmethod(revoke)


@checks_credentials
class TokenIntrospectView(EndpointView):
    """`POST token=…`, as a form or JSON: describe a token to another service, as the endpoint `introspect/`.

    Source:
        RFC 7662 section 2.
    """

    parser_classes = (CappedJSONParser, CappedFormParser)
    serializer_class = AskingSerializer
    answers = {"post": (200, IntrospectionAnswer)}
    handle = staticmethod(introspect)


@checks_credentials
class SessionsView(EndpointView):
    """`GET` with an access token: list the user's sessions, as the endpoint `sessions/`."""

    http_method_names = ["get", "options"]
    method = "GET"
    answers = {"get": (200, SessionsAnswer)}
    takes_token = True
    handle = staticmethod(list_sessions)
    get = EndpointView.post


@checks_credentials
class SessionView(EndpointView):
    """`DELETE` with an access token: end one of the user's sessions, as the endpoint `sessions/<id>/`."""

    http_method_names = ["delete", "options"]
    method = "DELETE"
    answers = {"delete": (204, None)}
    takes_token = True
    handle = staticmethod(end_one)
    delete = EndpointView.post


@checks_credentials
class ApiTokensView(EndpointView):
    """`GET`: list the user's API tokens. `POST {name, expires_in, scope}`: make one more, shown once."""

    http_method_names = ["get", "post", "options"]
    serializer_class = ApiTokenSerializer
    answers = {"get": (200, ApiTokensAnswer), "post": (201, NewApiTokenAnswer)}
    takes_token = True
    handle = staticmethod(create_api_token)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.through(list_api_tokens, request, kwargs, "GET")


@checks_credentials
class ApiTokenView(EndpointView):
    """`DELETE` with an access token: revoke one of the user's API tokens."""

    http_method_names = ["delete", "options"]
    method = "DELETE"
    answers = {"delete": (204, None)}
    takes_token = True
    handle = staticmethod(revoke_api_token)
    delete = EndpointView.post


@checks_credentials
class PasswordView(EndpointView):
    """`POST {password, code, new_password}` with an access token: another password, as the endpoint `password/`."""

    serializer_class = PasswordSerializer
    answers = {"post": (200, TokensAnswer)}
    takes_token = True
    handle = staticmethod(change_password)


@checks_credentials
class ImpersonateView(EndpointView):
    """`POST {user, scope}` with staff's access token: one to act for a user, as the endpoint `impersonate/`."""

    serializer_class = ImpersonateSerializer
    answers = {"post": (200, TokensAnswer)}
    takes_token = True
    handle = staticmethod(impersonate_user)


@checks_credentials
class TicketsView(EndpointView):
    """`POST {purpose, path, scope}` with an access token: make a ticket, as the endpoint `tickets/`."""

    serializer_class = TicketSerializer
    answers = {"post": (201, TicketAnswer)}
    takes_token = True
    handle = staticmethod(create_ticket)
