"""Login: a user's name and password for the first tokens of a new session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import clients
from ..clients import Client
from ..http import login_limits
from ..http.challenge import Answer
from ..http.guard import refuse_plain_http
from ..http.password_login import MAX_NAME as MAX_NAME
from ..http.password_login import MAX_PASSWORD as MAX_PASSWORD
from ..http.password_login import LoggedIn, prepare_login
from ..sessions import login_policy, revocation
from ..sessions.login_policy import PASSWORD
from ..storage.follow_ups import follow_up
from ..tokens import device
from ..tokens.refresh import Channel
from . import browser
from .caller import caller
from .door import door, resource, scope, text, unwrap
from .tokens import tokens_answer


@sensitive_variables()
def login(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Tokens for a right name and password; one and the same refusal for everything else.

    An attempt is counted before any password is hashed. Django's own `authenticate` does the rest, so every
    authentication backend works and sees the request. Where the project asks a login for more than a password and no
    `LOGIN_POLICY` says who may do without, nobody may.
    """
    unwrap(refuse_plain_http(request))
    unwrap(login_policy.refuse_unanswered(frozenset({PASSWORD})))
    client = caller(request, members)
    page = browser.is_browser(request)
    channel = Channel.BROWSER if page else Channel.NATIVE
    if page:
        browser.check(request, client)
    unwrap(clients.allowed(client, channel))
    prepared = prepare_login(
        request,
        _name(members),
        text(members, "password", MAX_PASSWORD, required=True),
        client_id=client.id,
        channel=channel,
        scope=scope(members),
        resource=resource(members),
        shown=text(members, "device_credential", device.MAX_LENGTH),
    )
    earlier, over = browser.earlier(request, client.id) if page else (False, [])
    answer = _answer(request, client, page, prepared.done, [name for name, _ in over])
    if earlier:
        answer = browser.with_headers(answer, browser.EMPTY_CACHE)
    prepared.store()
    follow_up("ending sessions of the same browser", lambda: browser.end(request, over))
    undo = partial(revocation.end_session, prepared.done.tokens.session_id, "not_delivered")
    return replace(answer, undo=undo)


def _name(members: Mapping[str, Any]) -> str:
    """The name under what the user model calls it, or under `username`."""
    field = str(get_user_model().USERNAME_FIELD)
    return text(members, field if field in members else "username", MAX_NAME, required=True)


@sensitive_variables()
def _answer(request: HttpRequest, client: Client, page: bool, done: LoggedIn, over: Sequence[str]) -> Answer:
    """The answer that carries the tokens; a page's clears these cookies."""
    if page:
        known = login_limits.with_others(request, done.user, done.device_credential)
        found = browser.answer(done.tokens, client.id, known)
        found = browser.clearing(found, over)
    else:
        found = tokens_answer(done.tokens, device_credential=done.device_credential)
    return replace(found, headers={**found.headers, **done.headers})


login_view = door(login)
