"""Diagnosis: the steps of authentication in order, each described; nothing is revoked, counted or written.

It shows why a request is refused (`manage.py bearer_doctor`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.principal import Principal
from ..database import issuers, known_issuers, signing_keys, unusable_keys
from ..errors import BearerError, Failure
from ..primitives import clock
from ..primitives.clock import SECOND
from ..sessions.verification import authenticate
from . import authentication, client_address
from .audience import audience_of
from .bearer_header import Bearer, read
from .https import Transport
from .transport_hint import hint

CLOCKS_MAY_DIFFER = 5
"""Seconds between this machine's clock and the database's, above which it is worth a word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step found. `good` is None for a thing worth knowing that decides nothing."""

    step: str
    good: bool | None
    said: str
    hint: str = ""


def environment() -> Iterator[Finding]:
    """What every request stands on: settings, database, key ring, clocks. Ends where nothing more can be asked."""
    faults = conf.faults()
    yield from (Finding("settings", False, fault) for fault in faults)
    if faults:
        return
    yield Finding("settings", True, "BEARER can be used")
    try:
        now = issuers.now()
        names = known_issuers.with_keys()
    except DatabaseError as error:
        hint = "Is the database up, and were the migrations run? manage.py migrate"
        yield Finding("database", False, f"{type(error).__name__}: {str(error).splitlines()[0]}", hint)
        return
    yield Finding("database", True, "answers, and has our tables")
    yield _clocks(now)
    if not names:
        yield Finding("key ring", None, "no issuer has a key yet; the first login of each makes its own")
    for name in names:
        found = _ring(name)
        yield found if len(names) == 1 else replace(found, said=f"{name}: {found.said}")


@sensitive_variables()
def request(asked: HttpRequest) -> Iterator[Finding]:
    """The steps for one request: route, credentials, transport, authentication. Ends at the first refusal."""
    yield _route(asked)
    address = client_address.prefix(client_address.client(asked.META, conf.current().trusted_proxies))
    yield Finding("client", None, f"counted as {address}")
    found = read(authentication.token_sources(asked))
    if found is None:
        said = "no bearer token"
        if asked.META.get("HTTP_AUTHORIZATION"):
            said += "; the Authorization header is of another scheme"
        yield Finding(
            "credentials", None, said, "Send Authorization: Bearer <token>. Redirects to another host drop it."
        )
    elif isinstance(found, Failure):
        yield Finding("credentials", False, found.reason, "Send one token, in one Authorization header.")
    else:
        yield Finding("credentials", True, "one bearer token, in the Authorization header")
    sound = _transport(asked)
    yield sound
    if isinstance(found, Bearer) and sound.good:
        yield _token(found, asked)


@sensitive_variables()
def _token(found: Bearer, asked: HttpRequest) -> Finding:
    try:
        audiences = frozenset((_expected(asked) or conf.audience(asked),))
        outcome = authenticate(found.token, issuer=conf.issuer(asked), audiences=audiences)
    except BearerError as error:
        return Finding("token", False, str(error))
    if isinstance(outcome, Principal):
        scopes = " ".join(sorted(outcome.scopes)) or "none"
        who = f"user {outcome.user.pk}" if isinstance(outcome.user, get_user_model()) else str(outcome.user)
        return Finding("token", True, f"good: {who}, client {outcome.client_id}, scopes: {scopes}")
    return Finding("token", False, f"{outcome.error.code}: {outcome.reason}", _HINTS.get(outcome.reason, ""))


def _expected(asked: HttpRequest) -> str | None:
    """The audience that the view of this request names."""
    try:
        return audience_of(resolve(asked.path_info).func)
    except Resolver404:
        return None


_HINTS = {
    "expired": "Refresh, then ask again. If the client's clock is right, compare this machine's with it.",
    "iss is not this issuer": "Compare BEARER['ISSUER'] here with that of the process that issued the token.",
    "aud is not this audience": "Ask for a token with resource = the audience that this view expects, or compare"
    " BEARER['AUDIENCE'] here with that of the process that issued the token.",
    "the client is no longer in BEARER['CLIENTS']": "Put the client back, or let its users log in again.",
    "no configured key has that kid": "Compare `manage.py bearer_keys list` here and where the token was issued.",
}


def _transport(asked: HttpRequest) -> Finding:
    found = authentication.transport_of(asked)
    said = {
        Transport.SECURE: "HTTPS",
        Transport.ALLOWED: "plain HTTP, from a network that BEARER['DANGEROUSLY_ALLOW_HTTP_FROM'] names",
        Transport.UNKNOWN: "Django takes this request for plain HTTP, and cannot be sure: 400 transport_unknown",
        Transport.SURE: "plain HTTP beyond doubt: 400 insecure_transport, and a token in it is revoked",
    }[found]
    good = found in (Transport.SECURE, Transport.ALLOWED)
    return Finding("transport", good, said, hint(found, asked.META, settings.SECURE_PROXY_SSL_HEADER))


def _route(asked: HttpRequest) -> Finding:
    try:
        match = resolve(asked.path_info)
    except Resolver404:
        return Finding("route", None, f"no route matches {asked.path_info!r}: Django answers 404")
    return Finding(
        "route", None, f"{match.route or '/'} is {match.func.__module__}.{match._func_path.rpartition('.')[2]}"
    )


def _clocks(now: int) -> Finding:
    apart = (clock.now() - now) / SECOND
    if abs(apart) <= CLOCKS_MAY_DIFFER:
        return Finding("clocks", True, "this machine and the database agree")
    said = f"this machine is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} the database"
    return Finding("clocks", False, said, "Let NTP set both. Tokens are judged by the database's clock.")


def _ring(issuer: str) -> Finding:
    try:
        ring = signing_keys.ring(issuer, at_least=issuers.state(issuer, None).ring_version)
    except BearerError as error:
        said = str(error).removesuffix(f"; {unusable_keys.HINT_NOT_OPENED}")
        return Finding("key ring", False, said, unusable_keys.HINT_NOT_OPENED)
    if not ring.signing:
        return Finding("key ring", None, f"{issuer} has no key yet; the first login makes it")
    try:
        signer = ring.signer().kid
    except BearerError as error:
        return Finding("key ring", False, str(error), "manage.py bearer_keys publish, then activate")
    return Finding("key ring", True, f"can be decrypted; {signer} signs; signing keys: {len(ring.signing)}")
