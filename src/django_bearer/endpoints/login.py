"""Login: a user's name and password for the first tokens of a new session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import clients, conf, events
from ..clients import Client
from ..errors import InvalidCredentials, TemporarilyUnavailable, Throttled
from ..http import cookies, ratelimit, source
from ..http.challenge import Answer
from ..http.guard import refuse_plain_http
from ..http.whereabouts import whereabouts
from ..sessions import account, devices, rehash, revocation
from ..sessions.handing_out import IssuedTokens
from ..sessions.issue import prepare_session, store_session
from ..sessions.purge import purge_a_little
from ..sessions.rotation import prove
from ..storage.contention import insist
from ..storage.follow_ups import follow_up
from ..throttling import limiter, policy
from ..tokens import device
from ..tokens.refresh import Channel
from . import browser
from .caller import caller
from .door import door, resource, scope, text, unwrap
from .tokens import tokens_answer

MAX_NAME = 320
MAX_PASSWORD = 4096
AMR = ("pwd",)
"""RFC 8176."""


@sensitive_variables()
def login(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Tokens for a right name and password; one and the same refusal for everything else.

    An attempt is counted before any password is hashed. Django's own `authenticate` does the rest, so every
    authentication backend works and sees the request.
    """
    unwrap(refuse_plain_http(request))
    client = caller(request, members)
    page = browser.is_browser(request)
    channel = Channel.BROWSER if page else Channel.NATIVE
    if page:
        browser.check(request, client)
    unwrap(clients.allowed(client, channel))
    field = str(get_user_model().USERNAME_FIELD)
    name = text(members, field if field in members else "username", MAX_NAME, required=True)
    password = text(members, "password", MAX_PASSWORD, required=True)
    wanted, meant = scope(members), resource(members)
    issuer, found = conf.issuer(request), insist(lambda: account.find(name))
    counted_as = policy.canonical(found.name)
    shown = cookies.take(request).get(cookies.DEVICE, "") if page else ""
    shown = shown or text(members, "device_credential", device.MAX_LENGTH)
    known = devices.recognise(shown, issuer, found.known_as)
    asker = source.client(request.META, conf.current().trusted_proxies)
    address = source.prefix(asker)
    device_name = known.id.hex() if known else ""
    attempt = policy.login(address, name, counted_as, device_name, source.network(asker))
    limits = _admit(attempt, address, client)
    with rehash.lost_runs_again():
        user = insist(lambda: authenticate(request, **{field: name, "password": password}))
    if user is None:
        _fail(address, client, counted_as)
        raise InvalidCredentials("no authentication backend accepted the credentials")
    try:
        prepared = prepare_session(
            user,
            request=request,
            scope=wanted,
            resource=meant,
            client_id=client.id,
            channel=channel,
            amr=AMR,
            extras=whereabouts(request),
        )
    except TemporarilyUnavailable:
        follow_up("forgetting attempts", lambda: limiter.forgive(attempt))  # the password was right
        raise
    credential = devices.hand_out(issuer, found.known_as, known) if found.is_of(user) else ""
    before = browser.sessions(request, client.id) if page else []
    answer = _answer(client, page, prepared.tokens, credential, before)
    # What a receiver raises means that nobody is logged in: it comes before the commit, and all else after it.
    insist(lambda: user_logged_in.send(sender=type(user), request=request, user=user))
    issued = store_session(prepared)
    follow_up("forgetting attempts", lambda: limiter.forgive(attempt))
    follow_up("ending sessions of the same browser", lambda: _end_earlier(issuer, before))
    events.publish(
        events.Kind.LOGIN_SUCCESS,
        user_id=str(user.pk),
        session_id=str(issued.session_id),
        client_id=client.id,
        source=address,
    )
    follow_up("deleting what is over", purge_a_little)
    return replace(answer, headers={**answer.headers, **limits})


@sensitive_variables()
def _answer(
    client: Client, page: bool, issued: IssuedTokens, credential: str, before: Sequence[tuple[str, str]]
) -> Answer:
    """The answer that carries the tokens; a page's clears the cookies of sessions that the browser had before."""
    if not page:
        return tokens_answer(issued, device_credential=credential)
    return browser.clearing(browser.answer(issued, client.id, credential), [name for name, _ in before])


@sensitive_variables()
def _end_earlier(issuer: str, before: Sequence[tuple[str, str]]) -> None:
    """End the sessions that this browser had before: nobody can reach them any more."""
    for _, token in before:
        proven = prove(token, issuer)
        if proven is not None and proven.channel is Channel.BROWSER:
            revocation.end_session(proven.session_id, "logged_in_again")


def _admit(attempt: policy.Attempt, address: str, client: Client) -> Mapping[str, str]:
    """Count the attempt, or refuse it; returns the headers that tell the client how much is left."""
    levels = limiter.measure(attempt.counted)
    wait = limiter.wait_of(levels)
    limits = ratelimit.headers(levels[: len(attempt.counted[0].windows)]) if conf.current().ratelimit_headers else {}
    if wait:
        events.sample(events.Kind.LOGIN_THROTTLED, client_id=client.id, source=address)
        raise Throttled("a login bucket is full", retry_after=wait)
    return limits


@sensitive_variables()
def _fail(address: str, client: Client, counted_as: str) -> None:
    """Publish a failure, and raise the alarm when there are too many of them all over."""
    details = {"account": policy.account_digest(counted_as)}
    events.publish(events.Kind.LOGIN_FAILED, client_id=client.id, source=address, details=details)
    if limiter.admit([policy.failures()]):
        events.sample(events.Kind.LOGIN_ALARM, details={"rate": conf.current().login_throttle["alarm"]})


login_view = door(login)
