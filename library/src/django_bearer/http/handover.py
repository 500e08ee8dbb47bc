"""Handing a login over, for whoever has the principal or the code: counted, and with what a login answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.lazy_user import settled
from ..accounts.principal import Principal
from ..conf import clients
from ..conf.clients import DEFAULT_CLIENT, Client
from ..errors import Failure, RateLimited
from ..primitives.redaction import redact_locals
from ..rate_limits import limiter, rules
from ..sessions import handover_redemption, handovers
from ..sessions.handover_redemption import PreparedRedemption, Receiver
from ..sessions.handovers import BegunHandover, IssuedHandover
from ..sessions.token_response import IssuedTokens
from ..tokens.refresh_token import TokenDelivery
from .password_login import LoggedIn
from .request_device import request_device
from .view_input import text_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PreparedHandover:
    """A redemption that is not stored yet, and what it answers once `store` returns."""

    done: LoggedIn
    redemption: PreparedRedemption = field(repr=False)

    def store(self) -> None:
        """Use the code up and store the session, both or neither."""
        self.redemption.store()


@redact_locals
@sensitive_variables()
def create_handover(
    principal: Principal, client_id: str, *, code_challenge: str = "", request: Any = None
) -> IssuedHandover:
    """Make the code with which an app or another device goes on with this login, within 60 seconds.

    A view of your own asks for the password first, as the endpoint `handover/` does in a page: script in a page has
    the access token, and not the password. Call it outside of any transaction.

    Args:
        principal: Who hands over, as `request.auth`. It must come from an access token whose login or step-up is as
            recent as `BEARER["STEP_UP_MAX_AGE"]` asks.
        client_id: To which client: one in `handover_to` of the principal's client, with a `handover_url`.
        code_challenge: S256 of the verifier of the app that asks for the login. Empty for a QR code: the device that
            reads it begins with `begin_handover`, and `approve_handover` lets it in.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        The code, and the URL at which the receiver takes it.

    Raises:
        SessionRequired: The principal comes from no access token.
        ImpersonationRefused: Staff acts for the user.
        ReauthenticationRequired: The login is too old.
        InvalidCredentials: The user is inactive.
        UnauthorizedClient: The settings allow no handover to this client.
        InvalidRequest: `code_challenge` is none.
        LoginRefused: `BEARER["LOGIN_POLICY"]` refuses, or the login lacks a step.
        RateLimited: The user hands over too often. `retry_after` is in seconds.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The policy failed, or the database was busy.

    Source:
        RFC 7636 section 4.3 (S256), RFC 8628 section 5.4 (phishing).
    """
    challenge = text_of(code_challenge, "code_challenge")
    return held(create(principal, text_of(client_id, "client_id"), challenge, "", request))


@sensitive_variables()
def create(principal: Principal, to: str, challenge: str, state: str, request: Any) -> IssuedHandover | Failure:
    """The same for a page as well, whose receiver has a state. Counted by user, before anything is made."""
    settled(principal.user)
    target = handovers.check(principal, to)
    if isinstance(target, Failure):
        return target
    wait = limiter.admit(rules.handovers(str(principal.user.pk)))
    if wait:
        raise RateLimited("too many handovers of this user", retry_after=wait)
    return handovers.create(principal, to, challenge, state, request=request)


@redact_locals
@sensitive_variables()
def begin_handover(
    code: str, code_challenge: str, *, client_id: str = DEFAULT_CLIENT, request: Any = None
) -> BegunHandover:
    """Begin as the app that has read a QR code. It is the only receiver from now on, and shows the number.

    Call it outside of any transaction.

    Args:
        code: What the QR code says behind `#handover=`.
        code_challenge: S256 of a new verifier, which the app keeps.
        client_id: The client that the app is. Where it has a secret, check first that it sent it.
        request: The request, whose device and network the user is shown. It is needed where `ISSUER` is a callable.

    Returns:
        The number that the app shows.

    Raises:
        InvalidHandover: The code is none, is over, is another client's, or another receiver has begun with it.
        InvalidRequest: `code_challenge` is none, or an argument is not a str.
        UnauthorizedClient: The client is not an app.
        UnknownClient: `BEARER["CLIENTS"]` has no such key.
        InsideTransaction: The call is inside of a transaction.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The database was busy.

    Source:
        RFC 7636 section 4.2, RFC 8628 section 5.4.
    """
    client = held(clients.find(conf.current().clients, text_of(client_id, "client_id")))
    code, challenge = text_of(code, "code"), text_of(code_challenge, "code_challenge")
    return held(begin(request, code, challenge, client, TokenDelivery.BODY, ""))


@sensitive_variables()
def begin(
    request: Any, code: str, challenge: str, client: Client, delivery: TokenDelivery, state: str
) -> BegunHandover | Failure:
    """The same for a page as well, whose browser has a state cookie."""
    seen = request_device(request) if isinstance(request, HttpRequest) else {}
    issuer = conf.issuer(request)
    return handovers.begin(code, challenge, client, issuer=issuer, state=state, delivery=delivery, seen=seen)


@redact_locals
@sensitive_variables()
def approve_handover(principal: Principal, code: str, number: str) -> None:
    """Let in the device that shows this number, which has read the QR code of this session.

    Call it outside of any transaction.

    Args:
        principal: Who hands over, as `request.auth`: of the session that made the code, with a recent login.
        code: The code.
        number: What the user has typed: the number that the other device shows.

    Raises:
        WrongHandoverNumber: The other device shows another number. After three the code is of no use.
        HandoverPending: No device has begun with the code yet.
        InvalidHandover: The code is none, is over, or is another session's.
        SessionRequired: The principal comes from no access token.
        ImpersonationRefused: Staff acts for the user.
        ReauthenticationRequired: The login is too old.
        InvalidRequest: An argument is not a str, which a JSON body may contain.
        InsideTransaction: The call is inside of a transaction.
        TemporarilyUnavailable: The database was busy.

    Source:
        RFC 8628 section 5.4.
    """
    settled(principal.user)
    refused = handovers.approve(principal, text_of(code, "code"), text_of(number, "number"))
    if refused is not None:
        raise refused.exception()


@redact_locals
@sensitive_variables()
def redeem_handover(
    code: str, code_verifier: str, *, client_id: str = DEFAULT_CLIENT, request: Any = None
) -> IssuedTokens:
    """Exchange a handover code for a session of an app, with the `auth_time` and the strength of the login behind it.

    It works once. The session lasts no longer than the one that the login comes from, and has no scope that it has
    not. Call it outside of any transaction.

    Args:
        code: The code.
        code_verifier: The verifier that the app kept when it began.
        client_id: The client that the app is. Where it has a secret, check first that it sent it.
        request: The request, which says from which device and network the session began. It is needed where `ISSUER`
            or `AUDIENCE` is a callable.

    Returns:
        The tokens.

    Raises:
        HandoverPending: The number has not been typed yet. Ask again in two seconds.
        InvalidHandover: The code is none, is over, was redeemed, or is for another receiver; or the session behind
            it has ended.
        LoginRefused: `BEARER["LOGIN_POLICY"]` refuses, or the login lacks a step.
        RequestRefused: `BEARER["REQUEST_POLICY"]` refuses.
        ImpersonationRefused: Staff acts for the user of `request`.
        InvalidRequest: An argument is not a str, which a JSON body may contain.
        UnauthorizedClient: The client is not an app.
        UnknownClient: `BEARER["CLIENTS"]` has no such key.
        InvalidTarget: The client has no audience that the login was given.
        InsideTransaction: The call is inside of a transaction.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The policy or `EXTRA_CLAIMS` failed, no stored key can be used, or the database was
            busy.

    Source:
        RFC 7636 section 4.6, RFC 8628 section 3.5.
    """
    client = held(clients.find(conf.current().clients, text_of(client_id, "client_id")))
    receiver = Receiver(client, TokenDelivery.BODY, text_of(code_verifier, "code_verifier"), "")
    prepared = prepare(request, text_of(code, "code"), receiver)
    prepared.store()
    return prepared.done.tokens


@sensitive_variables()
def prepare(request: Any, code: str, receiver: Receiver) -> PreparedHandover:
    """A redemption that is not stored yet. Raises as `redeem_handover` does."""
    seen = request_device(request) if isinstance(request, HttpRequest) else {}
    found = held(handover_redemption.prepare(code, receiver, issuer=conf.issuer(request), seen=seen, request=request))
    return PreparedHandover(LoggedIn(found.user, found.session.tokens, ""), found)


def held(outcome: T | Failure) -> T:
    """The outcome itself, or its refusal raised."""
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome
