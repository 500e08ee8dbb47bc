"""Refresh: trade a refresh token for the next one and a new access token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..conf.clients import Client
from ..database.after_commit import after_commit
from ..errors import Failure, SessionEnded
from ..http import client_address
from ..http.authentication import reject_plain_http
from ..http.challenge import Answer, refusal_answer
from ..http.refresh_limit import limit_for
from ..http.request_device import described
from ..sessions.rotation import MAX_RETRY_KEY, RefreshRequest, rotate
from ..sessions.token_response import IssuedTokens
from ..tokens.refresh_token import MAX_LENGTH, TokenDelivery
from . import browser
from .base import endpoint, resource, scope, text, unwrap
from .calling_client import caller
from .token_response import tokens_answer


@sensitive_variables()
def refresh(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """The next tokens. The caller learns only `session_ended` or `retry`; the rest is in the debug log.

    A page's refresh token is in its cookie, and is never taken from a body; any other client's is in the body, and is
    never taken from a cookie. `retry_key` is a random string the client stored before sending: with it a lost answer
    can be asked for again.
    """
    client = caller(request, members)
    if browser.is_browser(request):
        browser.check(request, client)
        return _for_page(request, members, client)
    token = text(members, "refresh_token", MAX_LENGTH, required=True)
    return tokens_answer(unwrap(_rotate(request, members, client, token, TokenDelivery.BODY)))


@sensitive_variables()
def _for_page(request: HttpRequest, members: Mapping[str, Any], client: Client) -> Answer:
    """The answer for a page: what is over is cleared, and only that.

    A refresh with the newest session's cookie shows that its login's answer arrived: the sessions before it end now,
    also where that one has ended meanwhile.
    """
    token = browser.newest(request, client.id)
    others = [(name, value) for name, value in browser.sessions(request, client.id) if value != token]
    outcome = _rotate(request, members, client, token, TokenDelivery.COOKIE) if token else NO_COOKIE
    if isinstance(outcome, Failure) and outcome.error is not SessionEnded:
        return refusal_answer(outcome.exception())
    after_commit("ending sessions of the same browser", lambda: browser.end(request, others))
    over = [name for name, _ in others]
    if isinstance(outcome, Failure):
        found = refusal_answer(outcome.exception())
        over += [name for name, value in browser.sessions(request, client.id) if value == token]
    else:
        found = browser.answer(outcome, client.id)
    cleared = browser.clearing(found, over)
    return browser.ended(request, cleared) if token and over else cleared


NO_COOKIE = Failure(SessionEnded, "the browser sent no cookie of a session")


@sensitive_variables()
def _rotate(
    request: HttpRequest, members: Mapping[str, Any], client: Client, token: str, delivery: TokenDelivery
) -> IssuedTokens | Failure:
    unwrap(reject_plain_http(request, refresh_token=token))
    address = client_address.client(request.META, conf.current().trusted_proxies)
    asked = RefreshRequest(
        token=token,
        client_id=client.id,
        delivery=delivery,
        retry_key=text(members, "retry_key", MAX_RETRY_KEY),
        scope=scope(members),
        resource=resource(members),
        context=f"{client_address.prefix(address)} {request.META.get('HTTP_USER_AGENT', '')}",
        seen=described(request, address),
        count=limit_for(request),
    )
    return rotate(asked, request=request)


refresh_view = endpoint(refresh)
