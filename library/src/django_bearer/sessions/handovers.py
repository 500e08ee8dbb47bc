"""Handovers: a session lends its login to another client or device, for one receiver and one minute.

The receiver begins and keeps a verifier. Where it has shown its challenge beforehand, the code is good for it alone.
Where the code is shown to a camera, the first receiver that begins with it is the only one, and shows a number. The
number is typed where the user is logged in, so that no other device is let in (RFC 8628 section 5.4).
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import login_policy, login_strength
from ..accounts.impersonation_rules import refuse_impersonated
from ..accounts.lazy_user import settled
from ..accounts.login_policy import LoginAttempt, Purpose
from ..accounts.login_strength import LoginRequirement
from ..accounts.principal import Principal
from ..accounts.single_use_tokens import SingleUseTokens
from ..conf import clients
from ..conf.clients import Client
from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..database.database_time import DatabaseNow
from ..database.durable_writes import durable_transaction
from ..database.session_read import digests
from ..errors import (
    Failure,
    HandoverPending,
    InvalidClaims,
    InvalidHandover,
    InvalidRequest,
    MalformedToken,
    SessionRequired,
    WrongHandoverNumber,
)
from ..models import LoginHandover, Session
from ..primitives import clock, randomness
from ..primitives.clock import SECOND
from ..tokens import code_verifier, handover_code
from ..tokens.access_claims import LAST_TIMESTAMP, AccessClaims, parse
from ..tokens.refresh_token import TokenDelivery
from . import cleanup
from .verification import Verified, authenticate_verified

ATTEMPTS = 3
"""Numbers that may be typed for one receiver."""
DIGITS = 6
TOKENS = SingleUseTokens(LoginHandover, handover_code.digest_of)


@dataclass(frozen=True, slots=True)
class IssuedHandover:
    """A handover that waits for its receiver. The code is shown only once.

    Attributes:
        code: The code.
        url: Where the receiver takes it, with the code as the fragment: the link to follow, or the QR code to show.
        client_id: The client that may redeem it.
        expires_in: Seconds for which it may be redeemed.
    """

    code: str = field(repr=False)
    url: str = field(repr=False)
    client_id: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class BegunHandover:
    """What the receiver of a handover shows.

    Attributes:
        number: Six digits, for the user to type where they are logged in.
        expires_in: Seconds for which the handover may still be redeemed.
    """

    number: str
    expires_in: int


def check(principal: Principal, to: str) -> Client | Failure:
    """The client that this principal may hand its login over to, or a `Failure`. Nothing is asked of a database."""
    stale = may_hand_over(principal)
    if stale is not None:
        return stale
    return clients.receiver(conf.current().clients, principal.client_id, to)


def may_hand_over(principal: Principal) -> Failure | None:
    """A `Failure` for another credential than an access token, for staff who act for the user, for old logins."""
    if principal.claims is None or principal.session_id is None or principal.by_ticket:
        return Failure(SessionRequired, "a login is handed over with an access token; this is another credential")
    return login_strength.unmet(LoginRequirement(conf.current().step_up_max_age), principal)


@sensitive_variables()
def create(
    principal: Principal, to: str, challenge: str = "", state: str = "", *, request: Any = None
) -> IssuedHandover | Failure:
    """A handover of the login behind an access token to the client `to`. The caller counts it, and asks for proof.

    With the `challenge` of a receiver, and the `state` of its cookie where that is a page, the code is good for it at
    once. Without, the receiver begins with the code, and its number is asked for.
    """
    client = check(principal, to)
    if isinstance(client, Failure):
        return client
    claims = cast("AccessClaims", principal.claims)
    if (challenge and not code_verifier.is_challenge(challenge)) or (state and not code_verifier.is_challenge(state)):
        return Failure(InvalidRequest, "code_challenge and state are 256 bits in base64url, S256 of a verifier")
    if state and not challenge:
        return Failure(InvalidRequest, "a state belongs to a code_challenge")
    delivery = (TokenDelivery.COOKIE if state else TokenDelivery.BODY) if challenge else None
    misfit = clients.allowed(client, delivery) if delivery is not None else None
    if misfit is not None:
        return misfit
    barred = login_policy.ask(attempt(settled(principal.user), claims, to, request))
    if barred is not None:
        return barred
    return _stored(principal, claims, client, challenge, state, delivery)


def attempt(user: Any, claims: AccessClaims, to: str, request: Any) -> LoginAttempt:
    """What the policy is asked of a handover: by the methods of the login, and no others."""
    return LoginAttempt(user, Purpose.HANDOVER, frozenset(claims.amr), claims.acr or "", to, request)


@sensitive_variables()
def _stored(
    principal: Principal,
    claims: AccessClaims,
    client: Client,
    challenge: str,
    state: str,
    delivery: TokenDelivery | None,
) -> IssuedHandover:
    text, digest = handover_code.new()
    now = issuers.now()
    row = LoginHandover(
        digest=digest,
        user_id=principal.user.pk,
        issuer=claims.iss,
        session_id=claims.sid,
        client_id=client.id,
        claims=json.dumps(claims.payload()),
        kid=principal.kid,
        challenge=challenge,
        state=state,
        delivery=delivery,
        approved_at=now if challenge else None,
        expires_at=now + handover_code.LIFETIME * SECOND,
    )
    retry_on_conflict(lambda: row.save(using=aliases.sessions_alias(), force_insert=True))
    cleanup.purge_handovers_now_and_then()
    tell(events.EventKind.HANDOVER_CREATED, row)
    return IssuedHandover(text, f"{client.handover_url}#handover={text}", client.id, handover_code.LIFETIME)


@sensitive_variables()
def begin(
    code: str,
    challenge: str,
    client: Client,
    *,
    issuer: str,
    state: str,
    delivery: TokenDelivery,
    seen: Mapping[str, str],
) -> BegunHandover | Failure:
    """Make the caller the one receiver of a handover whose code it has read, unless somebody has been faster."""
    if not code_verifier.is_challenge(challenge):
        return Failure(InvalidRequest, "code_challenge is S256 of a verifier: 256 bits in base64url")
    misfit = clients.allowed(client, delivery)
    if misfit is not None:
        return misfit
    row = of_code(code, issuer, client)
    if isinstance(row, Failure):
        return row
    if row.challenge:
        return Failure(InvalidHandover, "another receiver has begun with this code")
    found = source(row)
    if isinstance(found, Failure):
        return found
    number = randomness.digits(DIGITS)
    changes = {
        "challenge": challenge,
        "state": state,
        "delivery": delivery,
        "number": number,
        "device": str(seen.get("device", ""))[:100],
        "network": str(seen.get("where", ""))[:100],
    }
    if not _change(row, changes, challenge=""):
        return Failure(InvalidHandover, "another receiver has begun with this code at the same time")
    return BegunHandover(number, (row.expires_at - row.now) // SECOND)


@sensitive_variables()
def receiver_of(principal: Principal, code: str) -> Mapping[str, str] | Failure:
    """Device and network of the receiver that has begun, for whoever hands over; `HandoverPending` before."""
    row = _own(principal, code)
    if isinstance(row, Failure):
        return row
    return {"device": row.device, "where": row.network, "client_id": row.client_id}


@sensitive_variables()
def approve(principal: Principal, code: str, number: str) -> Failure | None:
    """Let the receiver in that shows this number. Each number counts before it is looked at."""
    stale = may_hand_over(principal)
    if stale is not None:
        return stale
    row = _own(principal, code)
    if isinstance(row, Failure):
        return row
    if not _change(row, {"attempts": F("attempts") + 1}, attempts__lt=ATTEMPTS, approved_at__isnull=True):
        return refused(row, "too many numbers were typed, or the receiver was let in already")
    if not hmac.compare_digest(_digits(number).encode(), row.number.encode()):
        tell(events.EventKind.HANDOVER_REFUSED, row, "another number")
        return Failure(WrongHandoverNumber, "the receiver shows another number")
    if not _change(row, {"approved_at": row.now}, approved_at__isnull=True):
        return refused(row, "the handover ended meanwhile")
    return None


@sensitive_variables()
def _digits(typed: str) -> str:
    """A number without the spaces and hyphens that people type between groups of digits. Pure."""
    return "".join(typed.replace("-", "").split())


@sensitive_variables()
def _own(principal: Principal, code: str) -> Any:
    """The handover of this session's own that a receiver has begun; a `Failure` for any other."""
    if principal.session_id is None or principal.claims is None or principal.by_ticket:
        return Failure(SessionRequired, "a login is handed over with an access token; this is another credential")
    acting = refuse_impersonated(principal)
    if acting is not None:
        return acting
    row = of_code(code, principal.claims.iss)
    if isinstance(row, Failure):
        return row
    if uuid.UUID(str(row.session_id)) != principal.session_id:
        return refused(row, "another session made this code")
    return row if row.challenge else Failure(HandoverPending, "no receiver has begun with this code yet")


@sensitive_variables()
def of_code(code: str, issuer: str, client: Client | None = None) -> Any:
    """The row of a code that is still good, of this issuer, for this client where one is named; or a `Failure`."""
    digest = TOKENS.digest(code) if isinstance(code, str) else b""
    row = TOKENS.rows(digest).filter(issuer=issuer).annotate(now=DatabaseNow()).first() if digest else None
    if row is None:
        return Failure(InvalidHandover, "no handover has this code: it was redeemed, or is none")
    row.now = clock.seen(int(row.now))
    if row.now >= row.expires_at:
        return Failure(InvalidHandover, "the handover has expired; make another")
    if client is not None and row.client_id != client.id:
        return refused(row, "the handover is to another client")
    return row


def source(row: Any) -> Principal | Failure:
    """Whose login it is, as the session behind it is now. One statement, and the project's `REQUEST_POLICY` is asked
    by whoever lets somebody in."""
    found = _as_it_is(row)
    if isinstance(found, Failure):
        told(row, found)
    return found


def told(row: Any, outcome: Failure | None) -> Failure | None:
    """The same, after the owner's log was told of a refusal; of no failure of ours."""
    return refused(row, outcome.reason) if outcome is not None and outcome.error is InvalidHandover else outcome


def ended_meanwhile(row: Any) -> Failure | None:
    """Why the login behind it is over, at the end of the transaction that lets somebody in; nobody is told yet.

    Whoever ends the session waits for that transaction, or has been faster and is seen.
    """
    sessions = Session.objects.using(aliases.sessions_alias()).filter(pk=row.session_id)
    list(sessions.select_for_update().values_list("pk"))
    found = _as_it_is(row)
    return found if isinstance(found, Failure) else None


def _as_it_is(row: Any) -> Principal | Failure:
    try:
        claims = parse(row.claims.encode())
    except (InvalidClaims, MalformedToken) as error:
        return Failure(InvalidHandover, f"the claims of the row cannot be read: {error}")
    lasting = replace(claims, exp=LAST_TIMESTAMP)
    verified = Verified(lasting, row.kid, digests(claims.sid, claims.jti, row.kid))
    found = authenticate_verified(verified, issuer=row.issuer, audiences=frozenset((claims.aud,)))
    if isinstance(found, Failure) and found.error.status < 500:
        return Failure(InvalidHandover, f"the login that is handed over has ended: {found.reason}")
    return found


def refused(row: Any, reason: str) -> Failure:
    """The refusal of somebody who has the code, and whom it is not for. The owner's log tells of it."""
    tell(events.EventKind.HANDOVER_REFUSED, row, reason)
    return Failure(InvalidHandover, reason)


def tell(kind: events.EventKind, row: Any, cause: str = "") -> None:
    """Publish an event of a handover. Whoever has read a code can cause refusals at will."""
    publish = events.publish_sampled if kind is events.EventKind.HANDOVER_REFUSED else events.publish
    publish(
        kind,
        user_id=str(row.user_id),
        session_id=str(row.session_id),
        client_id=row.client_id,
        details={"cause": cause} if cause else {},
    )


def _change(row: Any, changes: Mapping[str, Any], **still: Any) -> bool:
    """Change a row that still is so; False where it is not, or where the handover is over."""
    using = aliases.sessions_alias()
    rows = TOKENS.rows(row.digest).filter(expires_at__gt=row.now, **still)
    with durable_transaction(using):
        return retry_on_conflict(lambda: bool(rows.update(**changes)))
