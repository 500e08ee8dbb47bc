"""Logins at other sites: by a redirect, which a page begins and ends, and by a token that an app has got there."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

import jwt
from allauth.core.exceptions import SignupClosedException
from allauth.headless.base.response import AuthenticationResponse, ConflictResponse, ForbiddenResponse
from allauth.headless.base.views import APIView
from allauth.headless.internal.restkit import inputs
from allauth.headless.internal.restkit.response import ErrorResponse
from allauth.headless.socialaccount.inputs import ProviderTokenInput
from allauth.headless.socialaccount.views import ProviderTokenView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import flows
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.core.exceptions import (
    ImproperlyConfigured,
    MultipleObjectsReturned,
    PermissionDenied,
    ValidationError,
)
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.debug import sensitive_variables
from requests import RequestException

from ... import conf
from ...database import issuers, revocations
from ...database.revocations import RevocationKind
from ...errors import InvalidCode, InvalidRequest, NotAuthenticated, TemporarilyUnavailable
from ...primitives.clock import SECOND
from ...primitives.same_site import origin_of
from ...tokens.refresh_token import TokenDelivery
from . import exchange, pending, social_state
from .exchange import Exchange
from .social_hooks import provider_failed

logger = logging.getLogger("django_bearer.debug")
DUMMY = "dummy"
"""The provider of allauth for development: it believes whatever name is typed."""
TOKEN_KEPT = 86_400
"""Seconds for which a token of a provider that was taken is taken no more; it is good for minutes or an hour."""
FAULTS = (
    jwt.PyJWTError,
    OAuth2Error,
    ProviderException,
    PermissionDenied,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    AssertionError,
)
"""What allauth raises for an answer of another site that is not as it should be."""
NO_PROVIDER = (SocialApp.DoesNotExist, MultipleObjectsReturned, ImproperlyConfigured)


class RedirectInput(inputs.Input):  # type: ignore[misc]
    """Where to log in, what for, and the page that the browser comes back to."""

    provider = inputs.CharField(max_length=200)
    process = inputs.ChoiceField(choices=[(one, one) for one in (AuthProcess.LOGIN, AuthProcess.CONNECT)])
    callback_url = inputs.CharField(max_length=2000)


class RedirectView(APIView):  # type: ignore[misc]
    """`POST {provider, process, callback_url}`: the URL at the other site that the page goes to."""

    input_class = RedirectInput

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The answer, with the cookie that binds the flow to this browser."""
        current, asked = exchange.require(request), self.input.cleaned_data
        if current.delivery is not TokenDelivery.COOKIE:
            raise InvalidRequest("a redirect is for pages; an app sends the token that it has got: provider/token")
        if refused := refused_process(request, current, asked["process"]):
            return refused
        page = page_of(request, current, asked["callback_url"])
        provider = provider_of(request, asked["provider"])
        begun = social_state.begin(asked["provider"], asked["process"], page)
        url = authorization_url(request, provider, begun)
        response = JsonResponse({"status": 200, "data": {"url": url}})
        if current.principal is not None:
            social_state.keep(request.session, begun)
            return response
        binding = social_state.binding_of(request) or social_state.new_binding()
        state = pending.fresh()
        social_state.keep(state, begun)
        pending.keep(state, social_state.flow_token(binding, begun["state"]), conf.issuer(request))
        social_state.cookie_of(binding).put(response)
        return response


class CallbackInput(inputs.Input):  # type: ignore[misc]
    """What the other site has put into the URL of the page."""

    code = inputs.CharField(max_length=4000)
    state = inputs.CharField(max_length=social_state.MAX_STATE)
    iss = inputs.CharField(max_length=500, required=False)


class CallbackView(APIView):  # type: ignore[misc]
    """`POST {code, state, iss}`: the login, or the next step of it, in the browser that began it."""

    input_class = CallbackInput

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The answer of any login. The flow is taken out of its store before anybody is asked, and goes on without
        what was kept of the redirect, so that one answer is looked at once."""
        current, said = exchange.require(request), self.input.cleaned_data
        begun = social_state.take(request.session, said["state"])
        request.session.save()
        current.flow = ""  # whatever follows goes on under a new token
        if begun is None or (begun["process"] == AuthProcess.CONNECT) is not (current.principal is not None):
            raise InvalidRequest("no login at another site is under way in this browser for this state")
        login = login_of(request, begun, said)
        login.state = {"process": begun["process"], "next": begun["callback_url"], "headless": True}
        return completed(request, login)


class TokenInput(ProviderTokenInput):  # type: ignore[misc]
    """The token that an app has got at the other site. It is taken once."""

    @sensitive_variables()
    def clean(self) -> Any:
        """The members, with the login that the token stands for."""
        if str(self.data.get("provider")) == DUMMY:
            raise InvalidRequest("the provider for development logs in anybody as anybody")
        try:
            found = super().clean()
        except NO_PROVIDER as error:
            raise InvalidRequest(f"there is no such provider: {type(error).__name__}") from None
        except RequestException as error:
            raise unreachable(error) from None
        except FAULTS as error:
            raise provider_failed(f"the provider's token cannot be read: {type(error).__name__}") from None
        return found


class TokenView(ProviderTokenView):  # type: ignore[misc]
    """`POST {provider, process, token}`: the login, or the next step of it, by the token of an app."""

    input_class = TokenInput

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The answer. The token was looked at, and is good; nobody has sent it before."""
        current, login = exchange.require(request), self.input.cleaned_data["sociallogin"]
        if refused := refused_process(request, current, self.input.cleaned_data["process"]):
            return refused
        if not take_tokens(self.data["token"]):
            raise InvalidCode("the provider's token was taken before")
        return completed(request, login)


def refused_process(request: HttpRequest, current: Exchange, process: str) -> HttpResponse | None:
    """The answer where nobody may be logged in, or somebody must be: a conflict, as at allauth's other logins."""
    if process == AuthProcess.CONNECT and current.principal is None:
        raise NotAuthenticated("only who is logged in connects an account at another site")
    if process == AuthProcess.LOGIN and current.principal is not None:
        conflict: HttpResponse = ConflictResponse(request)
        return conflict
    return None


def page_of(request: HttpRequest, current: Exchange, url: str) -> str:
    """The page that the browser comes back to, which is one of the client's own.

    Raises `InvalidRequest` for any other: its owner would get the code (RFC 9700 section 4.1).
    """
    allowed = {origin_of(conf.issuer(request)), *current.client.origins}
    plain = url.isascii() and url.isprintable() and not set(url) & set("#@\\ ")
    if not plain or origin_of(url) not in allowed:
        raise InvalidRequest("callback_url is a page at one of the client's origins, without a fragment")
    return url


def provider_of(request: HttpRequest, name: str) -> OAuth2Provider:
    """The provider of this name. Raises `InvalidRequest` for one that is not configured or knows no OAuth 2.0."""
    try:
        found = get_adapter().get_provider(request, name)
    except NO_PROVIDER as error:
        raise InvalidRequest(f"there is no such provider: {type(error).__name__}") from None
    if found.id == DUMMY or not isinstance(found, OAuth2Provider):
        raise InvalidRequest("the provider has no redirect by OAuth 2.0")
    return found


def protocol_of(request: HttpRequest, provider: OAuth2Provider, page: str) -> Any:
    """How allauth speaks to the provider, with our page as the one that it redirects to."""
    protocol = provider.get_oauth2_adapter(request)
    protocol.get_callback_url = lambda request, app: page
    return protocol


@sensitive_variables()
def authorization_url(request: HttpRequest, provider: OAuth2Provider, begun: Mapping[str, Any]) -> str:
    """The URL at the provider, with `state`, `nonce` and PKCE's challenge, which no setting leaves out."""
    try:
        protocol = protocol_of(request, provider, begun["callback_url"])
        client = protocol.get_client(request, provider.app)
        scope, params = provider.get_scope(), dict(provider.get_auth_params())
        if uses_pkce(protocol):
            params |= {
                "code_challenge": social_state.challenge_of(begun["verifier"]),
                "code_challenge_method": "S256",
            }
        if asks_openid(provider):
            params["nonce"] = begun["nonce"]
        client.state = begun["state"]
        return str(client.get_redirect_url(protocol.authorize_url, scope, params))
    except RequestException as error:
        raise unreachable(error) from None


def asks_openid(provider: OAuth2Provider) -> bool:
    """Whether the provider is asked for an ID token, and is sent a nonce to put into it."""
    return "openid" in provider.get_scope()


def uses_pkce(protocol: Any) -> bool:
    """Whether allauth sends the verifier to this provider. Those asked by GET would get it in a URL."""
    return str(protocol.access_token_method) == "POST"


@sensitive_variables()
def login_of(request: HttpRequest, begun: Mapping[str, Any], said: Mapping[str, str]) -> SocialLogin:
    """The login that the provider tells of for this code. Raises `LoginRefused` for an answer that is not sound."""
    provider = provider_of(request, begun["provider"])
    protocol = protocol_of(request, provider, begun["callback_url"])
    try:
        require_issuer(getattr(protocol, "openid_config", {}), said["iss"])
        client = protocol.get_client(request, provider.app)
        verifier = begun["verifier"] if uses_pkce(protocol) else None
        answered = client.get_access_token(said["code"], pkce_code_verifier=verifier)
        protocol.did_fetch_access_token = True
        token = protocol.parse_token(answered)
        if provider.app.pk:
            token.app = provider.app
        login = protocol.complete_login(request, provider.app, token, response=answered)
        login.token = token
        if asks_openid(provider):
            require_nonce(answered, begun["nonce"])
    except RequestException as error:
        if error.response is not None:
            raise provider_failed("the provider refused the code or the token") from None
        raise unreachable(error) from None
    except FAULTS as error:
        raise provider_failed(f"the provider's answer is not sound: {type(error).__name__}") from None
    return login


def require_issuer(metadata: Mapping[str, Any], said: str) -> None:
    """Raise `LoginRefused` for the answer of another provider than the one that was asked (RFC 9207 section 2.4).

    A provider that says it names itself in every answer must do so. One without metadata cannot be told by its name.
    """
    known = metadata.get("issuer")
    named = bool(said) or metadata.get("authorization_response_iss_parameter_supported") is not True
    if known and (not named or (said and said != known)):
        raise provider_failed("the answer is of another issuer than the one that was asked")


@sensitive_variables()
def require_nonce(answered: Mapping[str, Any], nonce: str) -> None:
    """Raise `LoginRefused` for an ID token that was made for another login (OpenID Connect Core section 3.1.3.7).

    `answered` is what the token endpoint said to us, so that the token needs no look at its signature. What allauth
    keeps of it differs from provider to provider.
    """
    token = answered.get("id_token")
    if token and jwt.decode(token, options={"verify_signature": False}).get("nonce") != nonce:
        raise provider_failed("the ID token has another nonce")


def completed(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """The answer to a login that the other site vouches for: allauth's stages follow, and then our session."""
    try:
        response = flows.login.complete_login(request, login, raises=True)
    except ValidationError as error:
        refused: HttpResponse = ErrorResponse(request, exception=error)
        return refused
    except SignupClosedException:
        closed: HttpResponse = ForbiddenResponse(request)
        return closed
    found: HttpResponse = AuthenticationResponse.from_response(request, response)
    return found


@sensitive_variables()
def take_tokens(sent: Mapping[str, Any]) -> bool:
    """Note that these tokens of a provider were used; False where one of them was before.

    Each that was sent is noted, since only the provider's own code knows which one it looked at. Raises
    `InvalidRequest` for what is no token (RFC 6750 section 2.1).
    """
    found = {name: text for name in ("access_token", "id_token") if (text := sent.get(name))}
    for text in found.values():
        if not text.isascii() or not text.isprintable() or " " in text:
            raise InvalidRequest("a token has printable ASCII characters only, and no space")
    return all(take_token(noted_part(name, text)) for name, text in found.items())


def noted_part(name: str, text: str) -> str:
    """What tells a token from every other: of an ID token what is signed, for one signature is written in many ways.

    Pure.
    """
    signed, _, _ = text.rpartition(".")
    return signed if name == "id_token" and signed else text


@sensitive_variables()
def take_token(text: str) -> bool:
    """Note that this token of a provider was used; False where it was before."""
    name = f"provider:{hashlib.sha256(text.encode()).hexdigest()[:40]}"
    return revocations.add(RevocationKind.CODE, name, issuers.now() + TOKEN_KEPT * SECOND, "used")


def unreachable(error: Exception) -> TemporarilyUnavailable:
    """The refusal where the other site does not answer."""
    return TemporarilyUnavailable(f"the provider cannot be reached: {type(error).__name__}")
