"""Tickets: made with an access token, redeemed once at one place, and dead with the session behind it.

A ticket stands for the claims of the access token that asked for it. Whoever redeems it is what that token's bearer
would be now: session, user, revocations and key are asked again, by the function that authenticates every token.
"""

from __future__ import annotations

import hmac
import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from django.views.decorators.debug import sensitive_variables

from .. import events
from ..accounts import request_policy
from ..accounts.principal import Principal
from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..database.database_time import DatabaseNow
from ..database.durable_writes import durable_transaction, write_despite_refusal
from ..database.session_read import digests
from ..errors import (
    Failure,
    InvalidClaims,
    InvalidRequest,
    InvalidScope,
    InvalidTicket,
    MalformedToken,
    SessionRequired,
)
from ..models import Ticket
from ..primitives import clock
from ..primitives.clock import SECOND
from ..tokens import ticket
from ..tokens.access_claims import LAST_TIMESTAMP, AccessClaims, parse
from . import cleanup
from .verification import Verified, authenticate_verified

LIFETIME = 30
"""Seconds for which a ticket may be redeemed."""
MAX_PATH, MAX_PURPOSE = 500, 40
SOCKET = "socket"
"""The purpose of a ticket that opens a WebSocket."""
_PURPOSE = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,=:@%/-]*", re.ASCII)
"""What a path may hold (RFC 3986 section 3.3), without the semicolon, which ends the path of a cookie."""


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A ticket, which is shown only once.

    Attributes:
        ticket: The ticket. It goes into the query of the URL as `ticket`.
        purpose: What it is good for.
        path: The path that it is good for.
        expires_in: Seconds for which it may be redeemed.
    """

    ticket: str = field(repr=False)
    purpose: str
    path: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class TicketUse:
    """Where a ticket is shown: the purpose that this place takes, its path, and what a cookie would be good for.

    `cookie_seconds` is None where the ticket is good for this one request and nothing follows it.
    """

    purpose: str
    path: str
    cookie_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Redemption:
    """A ticket that was redeemed, or the cookie that followed one: whose it is, and the cookie to set, if any."""

    verified: Verified
    path: str
    cookie: str = field(default="", repr=False)

    def authenticated(self, issuer: str, audiences: frozenset[str]) -> Principal | Failure:
        """Whom the ticket stands for, as it is now. One statement. `REQUEST_POLICY` is the caller's to ask."""
        found = authenticate_verified(self.verified, issuer=issuer, audiences=audiences)
        return replace(found, by_ticket=True) if isinstance(found, Principal) else found

    def principal(self, issuer: str, audiences: frozenset[str], request: Any = None) -> Principal | Failure:
        """The same, unless `REQUEST_POLICY` refuses."""
        return request_policy.judged(self.authenticated(issuer, audiences), request)

    def is_alive(self) -> bool:
        """Whether session, user, token and key still are what they must be. For what goes on after it was let in."""
        claims = replace(self.verified.claims, exp=LAST_TIMESTAMP)
        lasting = replace(self.verified, claims=claims)
        found = authenticate_verified(lasting, issuer=claims.iss, audiences=frozenset((claims.aud,)))
        return isinstance(request_policy.judged(found), Principal)


@sensitive_variables()
def issue(principal: Principal, purpose: str, path: str, scope: Iterable[str] | None) -> IssuedTicket:
    """Make a ticket for a principal that comes from an access token. The caller counts it.

    Raises `SessionRequired`, `InvalidRequest` and `InvalidScope`.
    """
    claims, granted = check(principal, purpose, path, scope)
    text, digest = ticket.new()
    row = Ticket(
        digest=digest,
        session_id=claims.sid,
        purpose=purpose,
        path=path,
        claims=json.dumps(replace(claims, scope=granted).payload()),
        kid=principal.kid,
        expires_at=issuers.now() + LIFETIME * SECOND,
    )
    retry_on_conflict(lambda: row.save(using=aliases.sessions_alias(), force_insert=True))
    _tell(events.EventKind.TICKET_CREATED, row, str(principal.user.pk))
    cleanup.purge_tickets_now_and_then()
    return IssuedTicket(text, purpose, path, LIFETIME)


def check(
    principal: Principal, purpose: str, path: str, scope: Iterable[str] | None
) -> tuple[AccessClaims, frozenset[str]]:
    """The claims and scopes of a ticket that may be made. Raises for one that may not."""
    claims = principal.claims
    if claims is None or principal.session_id is None:
        raise SessionRequired("a ticket is made with an access token; this is another credential")
    if principal.by_ticket:  # its claims last as long as the ticket or cookie: one after the other would never end
        raise SessionRequired("a ticket is made with an access token; this is a ticket's bearer")
    check_purpose(purpose)
    check_path(path)
    granted = principal.scopes if scope is None else frozenset(scope)
    if not granted <= principal.scopes:
        raise InvalidScope("a ticket may do no more than the access token that asks for it")
    return claims, granted


def check_purpose(purpose: Any) -> None:
    """Raise `InvalidRequest` for what is no purpose."""
    if not isinstance(purpose, str) or not _PURPOSE.fullmatch(purpose):
        raise InvalidRequest(f"purpose is no name of 1 to {MAX_PURPOSE} lower-case letters, digits, _ and -")


def check_path(path: Any) -> None:
    """Raise `InvalidRequest` for what is no plain absolute path: a query, a host, dot segments, a lone slash."""
    if not isinstance(path, str) or len(path) > MAX_PATH or not _PATH.fullmatch(path):
        raise InvalidRequest(f"path is no absolute path of a URL of at most {MAX_PATH} characters")
    if path == "/" or not is_plain(unquote(path)):
        raise InvalidRequest("path is the root, or has empty or dotted segments")


def is_plain(path: str) -> bool:
    """Whether no segment of a decoded path is empty or dotted: another reader could take it for another path."""
    inside = path.rstrip("/") if path != "/" else path
    trailing = len(path) - len(inside) <= 1
    segments = inside.split("/")[1:]
    return (
        trailing and "\\" not in path and "\x00" not in path and not any(one in ("", ".", "..") for one in segments)
    )


@sensitive_variables()
def redeem(text: str, use: TicketUse, cookies: Iterable[str] = ()) -> Redemption | Failure:
    """Redeem a ticket. It was good once: whoever is second is refused, but for the cookie that the first one got.

    Raises `InsideTransaction` in a transaction, whose rollback would make the ticket good again.
    """
    digest = _digest(text)
    row = _first(digest=digest) if digest else None
    if row is None:
        return Failure(InvalidTicket, "there is no such ticket, or it is long over")
    refused = _unfit(row, use)
    if refused is not None:
        return Failure(InvalidTicket, refused)
    if row.redeemed_at is not None:
        shown = [found for found in map(_digest, cookies) if found]
        kept = bytes(row.cookie_digest or b"")
        if kept and any(hmac.compare_digest(kept, one) for one in shown) and use.cookie_seconds is not None:
            return _redemption(row, "")
        return Failure(InvalidTicket, "the ticket was redeemed before; ask for another")
    return _take(row, use)


@sensitive_variables()
def follow(cookie: str, use: TicketUse) -> Redemption | Failure:
    """What a ticket's cookie is good for: more requests below its path, until it ends."""
    digest = _digest(cookie) if use.cookie_seconds is not None else b""
    row = _first(cookie_digest=digest) if digest else None
    if row is None:
        return Failure(InvalidTicket, "no ticket has this cookie")
    refused = _unfit(row, use)
    return _redemption(row, "") if refused is None else Failure(InvalidTicket, refused)


@sensitive_variables()
def session_of(text: str) -> uuid.UUID | None:
    """The session of a ticket that was not redeemed yet; None for any other text."""
    digest = _digest(text)
    row = _first(digest=digest) if digest else None
    return None if row is None or row.redeemed_at is not None else uuid.UUID(str(row.session_id))


@sensitive_variables()
def end(text: str) -> None:
    """End a ticket, so that nobody redeems it any more."""
    digest = _digest(text)
    write_despite_refusal(lambda: Ticket.objects.using(aliases.sessions_alias()).filter(digest=digest).delete())


def _take(row: Any, use: TicketUse) -> Redemption | Failure:
    """The winner is one statement: that which finds the row not yet redeemed."""
    using = aliases.sessions_alias()
    cookie, digest, ends = "", None, row.expires_at
    if use.cookie_seconds is not None:
        cookie, digest = ticket.new()
        ends = row.now + use.cookie_seconds * SECOND
    rows = Ticket.objects.using(using).filter(digest=row.digest, redeemed_at__isnull=True)
    changes = {"redeemed_at": row.now, "cookie_digest": digest, "expires_at": ends}
    with durable_transaction(using):
        won = retry_on_conflict(lambda: rows.update(**changes))
    if not won:
        return Failure(InvalidTicket, "the ticket was redeemed at the same time by another request")
    row.expires_at = ends
    _tell(events.EventKind.TICKET_REDEEMED, row)
    return _redemption(row, cookie)


def _unfit(row: Any, use: TicketUse) -> str | None:
    """Why a ticket or its cookie is of no use at this place, or None. Pure."""
    if row.now >= row.expires_at:
        return "the ticket has expired; ask for another"
    if row.purpose != use.purpose:
        return "the ticket is for another purpose"
    own = unquote(row.path)
    below = use.cookie_seconds is not None and own.endswith("/") and use.path.startswith(own) and is_plain(use.path)
    return None if use.path == own or below else "the ticket is for another path"


def _redemption(row: Any, cookie: str) -> Redemption | Failure:
    """The claims behind a row. They end with the ticket or its cookie, if that is later than the access token."""
    try:
        claims = parse(row.claims.encode())
    except (InvalidClaims, MalformedToken) as error:
        return Failure(InvalidTicket, f"the claims of the row cannot be read: {error}")
    claims = replace(claims, exp=max(claims.exp, -(-row.expires_at // SECOND)))
    return Redemption(Verified(claims, row.kid, digests(claims.sid, claims.jti, row.kid)), row.path, cookie)


def _first(**wanted: Any) -> Any:
    rows = Ticket.objects.using(aliases.sessions_alias()).filter(**wanted)
    found: Any = next(iter(rows.annotate(now=DatabaseNow())[:1]), None)
    if found is not None:
        found.now = clock.seen(int(found.now))
    return found


@sensitive_variables()
def _digest(text: str) -> bytes:
    try:
        return ticket.digest_of(text) if isinstance(text, str) else b""
    except MalformedToken:
        return b""


def _tell(kind: events.EventKind, row: Any, user_id: str = "") -> None:
    events.publish(kind, user_id=user_id, session_id=str(row.session_id), details={"purpose": row.purpose})
