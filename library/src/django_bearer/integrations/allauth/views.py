"""allauth's headless views behind our rules: transport, client, origin, the access token, and counted codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from ... import conf
from ...accounts.principal import Principal
from ...conf.clients import allowed
from ...database import issuers
from ...database.after_commit import after_commit
from ...endpoints import browser
from ...endpoints.base import flag, outside_transactions, read_json, text, unwrap
from ...endpoints.calling_client import caller
from ...errors import (
    Failure,
    HTTPRefusal,
    InvalidCode,
    InvalidRequest,
    KeyDecryptionFailed,
    LoginIncomplete,
    MethodNotAllowed,
    RateLimited,
    SessionRequired,
    UnauthorizedClient,
)
from ...http import authentication, limited_authenticate, login_limits, second_step
from ...http.challenge import NO_STORE, refusal_answer
from ...http.delivery_failure import when_undelivered
from ...http.error_responses import respond
from ...http.middleware import refuses_plain_http
from ...rate_limits import limiter
from ...sessions import limited_logins
from ...tokens import known_device, remembered_device
from ...tokens.refresh_token import TokenDelivery
from . import address_changes, exchange, flow_owner, limits, passkeys, pending, seeds, social_state
from .account_changes import require_owner
from .exchange import Exchange

View = Callable[..., Any]
OURS: list[View] = []
"""The views that `wrapped` has made: any other view of allauth lets somebody in beside our rules."""
CODES = "authenticate"
"""The name of the route that takes the code of a second factor."""
AT_PROVIDERS, CALLBACK = frozenset({"redirect_to_provider", "provider_token"}), "provider_callback"
"""Names of the routes at which a login at another site begins, and of the one at which a redirect of it ends."""
SECOND_STEPS = frozenset({CODES, "authenticate_webauthn"})
"""Names of the routes at which a second factor is shown, and its device may be remembered."""


def wrapped(view: View, name: str, manages: bool = False) -> View:
    """A view of allauth's app client, for apps and pages alike. `manages` says that it is one of an account.

    A page gets its refresh token in our cookie and no cookie of allauth, so its requests follow the rules of our own
    endpoints: an allowed origin, JSON, and the header `X-Bearer-Client`.
    """

    @refuses_plain_http
    @login_not_required
    @csrf_exempt
    @outside_transactions
    @sensitive_post_parameters()
    @sensitive_variables()
    @wraps(view)
    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            if not hasattr(getattr(view, "view_class", None), str(request.method).lower()):
                raise MethodNotAllowed(f"allauth has no {request.method} here")
            current = _checked(request)
            current.route = name
            exchange.begin(request, current)
            members = read_json(request)
            current.shown = text(members, "known_device_token", known_device.MAX_LENGTH)
            current.remembered = text(members, "remembered_device_token", remembered_device.MAX_LENGTH)
            current.remember = flag(members, "remember_device") and name in SECOND_STEPS
            _require_storable(members)
            if manages or (name in AT_PROVIDERS and members.get("process") == "connect"):
                require_owner(request, current, name, members)
            if name == CALLBACK and current.principal is None:
                state = text(members, "state", social_state.MAX_STATE)
                current.flow = social_state.flow_token(social_state.binding_of(request), state)
            limits.check_providers(request, current)
            passkeys.require_sound(request, current.client, members)
            limits.check_mails(request, current, members)
            asked = partial(address_changes.together, request, current, partial(view, request, *args, **kwargs))
            with limited_authenticate.forgiven_by_caller(current.shown) as current.right:
                if name == CODES and request.method == "POST":
                    response = _counted(request, members, asked)
                else:
                    response = limits.counting_codes(request, current, asked)
        except LoginIncomplete as lacking:
            return _lacking(request, respond(refusal_answer(lacking)), current)
        except HTTPRefusal as error:
            return respond(refusal_answer(error))
        except KeyDecryptionFailed:
            return respond(refusal_answer(seeds.refusal()))
        except ImmediateHttpResponse as found:
            return found.response
        return _delivered(_lacking(request, response, current), current)

    OURS.append(call)
    return call


@sensitive_variables()
def _checked(request: HttpRequest) -> Exchange:
    """Who asks. Raises for plain HTTP, an unknown client, a foreign origin, and any token but one of a session."""
    unwrap(authentication.reject_plain_http(request))
    client = caller(request, {})
    page = browser.is_browser(request)
    delivery = TokenDelivery.COOKIE if page else TokenDelivery.BODY
    if page:
        browser.check(request, client)
    unwrap(allowed(client, delivery))
    outcome = authentication.authenticate_exactly(request)
    if isinstance(outcome, Failure):
        raise outcome.exception()
    if outcome is not None and outcome.session_id is None:
        raise SessionRequired("an API token was sent: only a person's session manages an account")
    if outcome is not None and outcome.client_id != client.id:
        raise UnauthorizedClient("the session was issued to another client")
    # allauth asks the session that it puts in the place of Django's; what a middleware has found is not asked.
    for kept in ("_cached_user", "_acached_user"):
        vars(request).pop(kept, None)
    request.user = SimpleLazyObject(lambda: get_user(request))  # type: ignore[assignment]
    return Exchange(client, delivery, outcome if isinstance(outcome, Principal) else None)


def _require_storable(value: Any) -> None:
    """Raise `InvalidRequest` for a NUL, which no database stores, anywhere in a body."""
    if isinstance(value, str) and "\x00" in value:
        raise InvalidRequest("a text has a NUL")
    if isinstance(value, Mapping):
        for name, one in value.items():
            _require_storable(name)
            _require_storable(one)
    if isinstance(value, list):
        for one in value:
            _require_storable(one)


@sensitive_variables()
def _counted(request: HttpRequest, members: Mapping[str, Any], call: Callable[[], Any]) -> Any:
    """The answer to a code of a second factor, which is counted before it is looked at and taken once.

    By account over all its flows, with the codes of our own endpoints; that of a device which is known for the
    account by the device. Raises `RateLimited` and `InvalidCode`.
    """
    user = _user_of_flow(request)
    if user is None:
        return call()
    code = members.get("code")
    if not isinstance(code, str) or not code or len(code) > second_step.MAX_CODE:
        raise InvalidRequest("code is a text")
    counted = second_step.counted_in(request, user, second_step.PURPOSE, exchange.require(request).shown)
    wait = limiter.admit(counted)
    if wait:
        raise RateLimited("too many codes", retry_after=wait)
    plain = "".join(letter for letter in code if letter.isascii() and letter.isalnum())
    if not plain or not limited_logins.take_code(user, plain, issuers.now()):
        raise InvalidCode("the code was tried before")
    response = call()
    if exchange.require(request).answer is not None:
        after_commit("forgetting a right code", lambda: limiter.uncount_code(counted))
    return response


def _user_of_flow(request: HttpRequest) -> Any:
    """The user whose login this flow is; None where there is none, and allauth refuses the code."""
    found = pending.find(str(request.headers.get("x-session-token") or ""), conf.issuer(request))
    return None if found is None else flow_owner.user_of(found)


def _lacking(request: HttpRequest, response: Any, current: Exchange) -> Any:
    """The response; where a login under way lacks a step, its right password or code is no guess at the account."""
    if current.answer is None and response.status_code in (401, 403):
        for attempt in current.right:
            login_limits.lacks_a_step(request, attempt)
    return response


@sensitive_variables()
def _delivered(response: HttpResponse, current: Exchange) -> HttpResponse:
    """The response, with the cookies and headers of a login that ended in it."""
    for header, value in NO_STORE.items():
        response[header] = value
    if current.answer is not None:
        for header, value in current.answer.headers.items():
            response[header] = value
        for cookie in current.answer.cookies:
            cookie.put(response)
        if current.answer.undo is not None:
            when_undelivered(response, current.answer.undo)
    return response
