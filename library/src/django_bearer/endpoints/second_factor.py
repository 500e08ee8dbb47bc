"""The second factor of a login: a limited token and a code for the first tokens of a new session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..accounts.login_policy import Step
from ..accounts.second_factor import configured
from ..conf.clients import Client
from ..errors import InvalidLimitedToken, NotFound, OriginNotAllowed
from ..http import remembered_devices, second_step
from ..http.authentication import reject_plain_http
from ..http.challenge import Answer
from ..sessions.limited_logins import PendingLogin
from ..tokens import known_device, limited_token
from ..tokens.refresh_token import TokenDelivery
from . import browser
from .base import endpoint, flag, text, unwrap
from .calling_client import caller
from .login import finish


@sensitive_variables()
def second_factor(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Tokens for the limited token of a login and a right code: what the login asked for, and no more.

    Each code is counted before it is looked at, by account over all its attempts. None of a login's effects happened
    before, and all of them happen now.
    """
    unwrap(reject_plain_http(request, one_time_token=str(members.get("limited_token"))))
    if not configured():
        raise NotFound("BEARER['SECOND_FACTOR'] is not set, so that no code can be checked here")
    client = caller(request, members)
    token = text(members, "limited_token", limited_token.MAX_LENGTH, required=True)
    pending = second_step.pending(request, token, Step.SECOND_FACTOR)
    check_place(request, client, pending)
    code = text(members, "code", second_step.MAX_CODE, required=True)
    remembering = flag(members, "remember_device")  # before the code is used up
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    methods = second_step.require_code(request, pending.user, code, client.id, shown=shown)
    prepared = second_step.prepare(request, pending, methods, shown)
    device = remembered_devices.after_step(request, pending, prepared.session.row.amr) if remembering else None
    return finish(request, client, prepared, device)


def check_place(request: HttpRequest, client: Client, pending: PendingLogin) -> None:
    """Raise unless this is the client that began the login, in the same kind of place: a page, or no page."""
    if client.id != pending.client_id:
        raise InvalidLimitedToken("another client began this login")
    page = browser.is_browser(request)
    if page:
        browser.check(request, client)
    if page is not (pending.delivery is TokenDelivery.COOKIE):
        raise OriginNotAllowed("a page goes on with a login that a page began, and no other client does")


second_factor_view = endpoint(second_factor)
