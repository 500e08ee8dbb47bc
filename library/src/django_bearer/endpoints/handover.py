"""Handover: a login that goes on at another client or device. Two endpoints for each side, and one to look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.account_changes import Change
from ..accounts.principal import Principal
from ..conf import clients
from ..conf.clients import Client
from ..errors import InvalidRequest, MalformedToken
from ..http import authentication, cookies, handover, password_login
from ..http.challenge import NO_STORE, Answer
from ..http.public_views import checks_credentials
from ..sessions import handovers
from ..sessions.handover_redemption import Receiver
from ..tokens import code_verifier, handover_code, known_device
from ..tokens.refresh_token import TokenDelivery
from . import browser
from .account_owner import require_proof
from .base import endpoint, text, unwrap
from .calling_client import MAX_ID, caller
from .login import finish
from .recent_login import require_recent_login, require_user_themselves

STATE_SECONDS = 600
"""For how long a page may wait for the code it has asked for."""
MAX_NUMBER, MAX_METHOD = 12, 20


@sensitive_variables()
def create_handover(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """A code for the client `to`: for the receiver whose challenge is sent along, or for whoever reads it first.

    It takes a recent login, and in a page the password: script there has the access token, also after a step-up, and
    must not make a session out of it that outlives the page.
    """
    principal = require_recent_login(request)
    to = text(members, "to", MAX_ID, required=True)
    challenge = text(members, "code_challenge", code_verifier.CHALLENGE_LENGTH)
    state = text(members, "state", code_verifier.CHALLENGE_LENGTH)
    _require_method(members)
    password = text(members, "password", password_login.MAX_PASSWORD)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    _check_page(request, principal)
    unwrap(clients.receiver(conf.current().clients, principal.client_id, to))
    require_proof(request, principal, Change.HANDOVER, password, shown)
    made = unwrap(handover.create(principal, to, challenge, state, request))
    body = {"code": made.code, "url": made.url, "client_id": made.client_id, "expires_in": made.expires_in}
    return Answer(201, body, NO_STORE)


@sensitive_variables()
def begin_handover(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Begin as the receiver: of a code that was read, or, in a page, before anybody is asked for one.

    A page gets a state cookie, without which nobody redeems what began here: neither a code that another site slips
    into this browser, nor this browser's code elsewhere.
    """
    code = text(members, "code", handover_code.MAX_LENGTH)
    unwrap(authentication.reject_plain_http(request, one_time_token=code))
    challenge = text(members, "code_challenge", code_verifier.CHALLENGE_LENGTH, required=True)
    _require_method(members)
    client, delivery = _receiver(request, members)
    if not code_verifier.is_challenge(challenge):
        raise InvalidRequest("code_challenge is S256 of a verifier: 256 bits in base64url")
    secret, state = code_verifier.new_state() if delivery is TokenDelivery.COOKIE else ("", "")
    if code:
        begun = unwrap(handover.begin(request, code, challenge, client, delivery, state))
        body, lasts = {"number": begun.number, "expires_in": begun.expires_in}, begun.expires_in
    elif state:
        body, lasts = {"state": state, "expires_in": STATE_SECONDS}, STATE_SECONDS
    else:
        raise InvalidRequest("code is missing: an app that asks for a login keeps its verifier and needs no more")
    put = (cookies.of_handover(challenge, secret, lasts),) if secret else ()
    return Answer(200, body, NO_STORE, cookies=put)


@sensitive_variables()
def look_at_receiver(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """The device that has begun with a code of this session, so that its user sees whom they would let in."""
    principal = require_user_themselves(request)
    code = text(members, "code", handover_code.MAX_LENGTH, required=True)
    return Answer(200, dict(unwrap(handovers.receiver_of(principal, code))), NO_STORE)


@sensitive_variables()
def approve_handover(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Let in the receiver that shows the number that was typed."""
    principal = require_recent_login(request)
    code = text(members, "code", handover_code.MAX_LENGTH, required=True)
    number = text(members, "number", MAX_NUMBER, required=True)
    _check_page(request, principal)
    handover.approve_handover(principal, code, number)
    return Answer(204, None, NO_STORE)


@sensitive_variables()
def redeem_handover(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Tokens for a code and the verifier of the receiver that began; in a page for its state cookie as well."""
    code = text(members, "code", handover_code.MAX_LENGTH, required=True)
    unwrap(authentication.reject_plain_http(request, one_time_token=code))
    verifier = text(members, "code_verifier", code_verifier.MAX_LENGTH, required=True)
    client, delivery = _receiver(request, members)
    name, state = "", ""
    if delivery is TokenDelivery.COOKIE:
        try:
            name = cookies.handover_name(code_verifier.challenge_of(verifier))
        except MalformedToken as error:
            raise InvalidRequest(str(error)) from None
        state = code_verifier.state_of(cookies.extract(request).get(name, ""))
    prepared = handover.prepare(request, code, Receiver(client, delivery, verifier, state))
    done = finish(request, client, prepared)
    return browser.clearing(done, [name] if name else [])


def _receiver(request: HttpRequest, members: Mapping[str, Any]) -> tuple[Client, TokenDelivery]:
    """The client that receives, and whether it is a page."""
    client = caller(request, members)
    page = browser.is_browser(request)
    if page:
        browser.check(request, client)
    delivery = TokenDelivery.COOKIE if page else TokenDelivery.BODY
    unwrap(clients.allowed(client, delivery))
    return client, delivery


def _check_page(request: HttpRequest, principal: Principal) -> None:
    """A page that hands over is one of the session's own client."""
    if browser.is_browser(request):
        browser.check(request, unwrap(clients.find(conf.current().clients, principal.client_id)))


def _require_method(members: Mapping[str, Any]) -> None:
    """Raise `InvalidRequest` for a challenge by another method than S256 (RFC 7636 section 4.2: `plain` is none)."""
    if text(members, "code_challenge_method", MAX_METHOD) not in ("", code_verifier.METHOD):
        raise InvalidRequest(f"code_challenge_method is {code_verifier.METHOD}, and no other")


handover_view = checks_credentials(endpoint(create_handover))
handover_begin_view = endpoint(begin_handover)
handover_receiver_view = checks_credentials(endpoint(look_at_receiver))
handover_approve_view = checks_credentials(endpoint(approve_handover))
handover_redeem_view = endpoint(redeem_handover)
