"""Step-up: the user of a session gives the password again, and gets new tokens of the same session (RFC 9470)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..accounts import login_policy
from ..accounts.login_policy import PASSWORD, Purpose
from ..accounts.principal import Principal
from ..accounts.second_factor import configured
from ..conf.clients import Client
from ..errors import UnauthorizedClient
from ..http import authentication
from ..http.challenge import Answer
from ..http.password_login import MAX_PASSWORD, require_password
from ..http.public_views import checks_credentials
from ..http.request_device import request_device
from ..http.second_step import MAX_CODE, STEP_UP, require_code
from ..sessions import revocation
from ..sessions.step_up import step_up as step_up_session
from ..sessions.token_response import IssuedTokens
from ..tokens import known_device
from ..tokens.refresh_token import TokenDelivery
from . import browser
from .base import endpoint, text, unwrap
from .calling_client import caller
from .token_response import tokens_answer


@sensitive_variables()
def step_up(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """New tokens with a fresh `auth_time`, for the right password of the user whose access token comes in the header.

    The password is counted as one of a login is, and `LOGIN_POLICY` is asked with the methods of this proof alone.
    Who may do nothing by a password alone at a login may not here, either: a user who has a second factor sends its
    code as well, counted with those of logins.
    """
    principal: Principal = unwrap(authentication.require_session(request))
    unwrap(login_policy.refuse_unmet(frozenset({PASSWORD}), Purpose.STEP_UP))
    client, delivery = stepping_client(request, members, principal)
    password, code = text(members, "password", MAX_PASSWORD), text(members, "code", MAX_CODE)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    require_password(request, principal.user, password, shown)
    methods = proved_by(request, principal.user, code, client, shown)
    amr = (PASSWORD, *sorted(methods))
    issued = unwrap(
        step_up_session(principal, amr=amr, delivery=delivery, seen=request_device(request), request=request)
    )
    return delivered(client, delivery, issued)


@sensitive_variables()
def proved_by(request: HttpRequest, user: Any, code: str, client: Client, shown: str) -> frozenset[str]:
    """The methods that the code of a step-up proves: none without a code, or without a second factor to ask."""
    if not code or not configured():
        return frozenset()
    return require_code(request, user, code, client.id, purpose=STEP_UP, shown=shown)


def stepping_client(
    request: HttpRequest, members: Mapping[str, Any], principal: Principal
) -> tuple[Client, TokenDelivery]:
    """The client that asks, which is the session's own, and how it gets its refresh token."""
    client = caller(request, members)
    if client.id != principal.client_id:
        raise UnauthorizedClient("the session was issued to another client")
    page = browser.is_browser(request)
    if page:
        browser.check(request, client)
    return client, TokenDelivery.COOKIE if page else TokenDelivery.BODY


@sensitive_variables()
def delivered(client: Client, delivery: TokenDelivery, issued: IssuedTokens) -> Answer:
    """The answer that carries the tokens. One that is not written ends the session: nobody could go on with it."""
    found = browser.answer(issued, client.id) if delivery is TokenDelivery.COOKIE else tokens_answer(issued)
    return replace(found, undo=partial(revocation.end_session, issued.session_id, browser.NOT_DELIVERED))


step_up_view = checks_credentials(endpoint(step_up))
