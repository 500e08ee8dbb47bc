"""Login: a user's name and password for the first tokens of a new session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts import login_policy
from ..accounts.login_choice import LoginChoice
from ..accounts.login_policy import PASSWORD
from ..accounts.remembered_devices import NewDevice
from ..conf import clients
from ..conf.clients import Client
from ..database.after_commit import after_commit
from ..http import asgi_connection, login_limits, remembered_devices, user_data
from ..http.authentication import reject_plain_http
from ..http.challenge import Answer
from ..http.password_login import MAX_NAME as MAX_NAME
from ..http.password_login import MAX_PASSWORD as MAX_PASSWORD
from ..http.password_login import LoggedIn, prepare_login
from ..sessions import revocation
from ..tokens import known_device, remembered_device
from ..tokens.refresh_token import TokenDelivery
from . import browser
from .base import endpoint, flag, resource, scope, text, unwrap
from .calling_client import caller
from .token_response import tokens_answer

MAX_FIELD = 200
"""Characters of a field of the project's own."""


class StoredLater(Protocol):
    """A session that everybody agrees to: `done` is what it yields once `store` returns."""

    @property
    def done(self) -> LoggedIn: ...

    def store(self) -> None: ...


@sensitive_variables()
def login(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Tokens for a right name and password; one and the same refusal for everything else.

    An attempt is counted before any password is hashed. Django's own `authenticate` does the rest, so every
    authentication backend works and sees the request. Where the project asks a login for more than a password and no
    `LOGIN_POLICY` says who may do without, nobody may.
    """
    unwrap(reject_plain_http(request, one_time_token=str(members.get("remembered_device_token"))))
    unwrap(login_policy.refuse_unmet(frozenset({PASSWORD})))
    client = caller(request, members)
    page = browser.is_browser(request)
    delivery = TokenDelivery.COOKIE if page else TokenDelivery.BODY
    if page:
        browser.check(request, client)
    unwrap(clients.allowed(client, delivery))
    prepared = prepare_login(
        request,
        _name(members),
        text(members, "password", MAX_PASSWORD, required=True),
        client_id=client.id,
        delivery=delivery,
        scope=scope(members),
        resource=resource(members),
        shown=text(members, "known_device_token", known_device.MAX_LENGTH),
        remembered=text(members, "remembered_device_token", remembered_device.MAX_LENGTH),
        choice=_choice(members),
    )
    return finish(request, client, prepared)


@sensitive_variables()
def finish(
    request: HttpRequest, client: Client, prepared: StoredLater, remembering: NewDevice | None = None
) -> Answer:
    """Store a login that everybody agrees to, and answer its tokens; remember its device where one is named."""
    page = browser.is_browser(request)
    earlier, over = browser.earlier(request, client.id) if page else (False, [])
    answer = _answer(request, client, page, prepared.done, [name for name, _ in over])
    if earlier:
        answer = browser.with_headers(answer, browser.EMPTY_CACHE)
    if remembering is not None:
        answer = _remembering(answer, page, remembering)
    prepared.store()
    if remembering is not None:
        remembered_devices.keep(remembering)
    after_commit("ending sessions of the same browser", lambda: browser.end(request, over))
    undo = partial(revocation.end_session, prepared.done.tokens.session_id, browser.NOT_DELIVERED)
    connection = asgi_connection.of(request)
    if connection is not None:
        connection.when_gone(undo)
    return replace(answer, undo=undo)


@sensitive_variables()
def _remembering(answer: Answer, page: bool, device: NewDevice) -> Answer:
    """The same answer, with the remembered-device token: a page's in a cookie."""
    if page:
        return replace(answer, cookies=(*answer.cookies, remembered_devices.cookie_of(device)))
    told = {"remembered_device_token": device.token, "remembered_device_expires_in": device.lifetime}
    return replace(answer, body={**(answer.body or {}), **told})


def _choice(members: Mapping[str, Any]) -> LoginChoice:
    """What the project's own fields say, and whether the person wants to be remembered."""
    fields = {name: text(members, name, MAX_FIELD) for name in conf.current().login_fields}
    return LoginChoice(fields, flag(members, "remember_me"))


def _name(members: Mapping[str, Any]) -> str:
    """The name under what the user model calls it, or under `username`."""
    field = str(get_user_model().USERNAME_FIELD)
    return text(members, field if field in members else "username", MAX_NAME, required=True)


@sensitive_variables()
def _answer(request: HttpRequest, client: Client, page: bool, done: LoggedIn, over: Sequence[str]) -> Answer:
    """The answer that carries the tokens; a page's clears these cookies."""
    if page:
        known = login_limits.with_others(request, done.user, done.known_device_token)
        found = browser.answer(done.tokens, client.id, known)
        found = browser.clearing(found, over)
    else:
        found = tokens_answer(done.tokens, known_device_token=done.known_device_token)
    data = user_data.of(done.user)
    body = found.body if data is None else {**(found.body or {}), "user": data}
    return replace(found, body=body, headers={**found.headers, **done.headers})


login_view = endpoint(login)
