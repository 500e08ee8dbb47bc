"""The rotation table: what becomes of a presented refresh token. First match wins; every row is a test.

Pure: no clock, no database, no randomness. Row numbers are those of docs/reference/rotation.md.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ..accounts.validity import InvalidReason, InvalidSession
from ..database.session_read import SessionRow
from ..keys.keyring import RefreshKeys
from ..primitives.clock import SECOND
from ..tokens.refresh_token import RefreshToken, TokenDelivery

GRACE_PERIOD = 10 * SECOND
"""W: how long a predecessor is answered with the successor it already has, in microseconds."""
MIN_ROTATION_INTERVAL = 30 * SECOND
"""H: how long a new token is not rotated again, in microseconds."""
MAX_CONCURRENT_USES = 3


class ReuseReason(StrEnum):
    """Why a token was taken for a reused one."""

    DELIVERY = "delivery"
    AHEAD = "ahead"
    FORK = "fork"
    CONCURRENT = "concurrent_uses"
    STALE_PREDECESSOR = "stale_predecessor"
    ANCIENT = "ancient"


class RejectReason(StrEnum):
    """Why a token was rejected."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    NO_SESSION = "no_session"
    ENDED = "ended"
    EXPIRED = "expired"
    USER = "user"
    CLIENT = "client"
    BINDING = "binding"
    KEY_GONE = "key_gone"
    CLOCK = "clock"
    STEPPED_UP = "stepped_up"


@dataclass(frozen=True, slots=True)
class Rotate:
    """The token is the current one and is due: make its successor current."""

    row: Literal[12] = 12


@dataclass(frozen=True, slots=True)
class KeepCurrent:
    """The token is the current one and is fresh: an access token only."""

    row: Literal[13] = 13


@dataclass(frozen=True, slots=True)
class Grace:
    """The token is the current one's predecessor: hand out the same successor again."""

    successor: RefreshToken
    row: int
    concurrent_uses: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """No, and nothing of the session changes, except that a fault of its user ends it."""

    cause: RejectReason
    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reuse:
    """The token was used by two parties, or by one that should not have it: the session ends."""

    cause: ReuseReason
    row: int


Decision = Rotate | KeepCurrent | Grace | Reject | Reuse


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that the decision depends on.

    `token` is None for a string that is no refresh token. `issued` says that its MAC is valid. `session` is None when
    there is no such row. `row_keys` are the secrets named in the row, None when the ring has lost them. `proof` is
    True for a valid proof of the bound key, False for a missing or bad one, None for a session bound to nothing.
    """

    token: RefreshToken | None
    issued: bool = False
    session: SessionRow | None = None
    invalid: InvalidSession | None = None
    row_keys: RefreshKeys | None = None
    client_id: str = ""
    delivery: TokenDelivery = TokenDelivery.BODY
    proof: bool | None = None
    retry_digest: bytes = b""
    context_digest: bytes = b""
    revoke_concurrent: bool = False


def decide(now: Situation) -> Decision:
    """The first row of the table that fits."""
    if now.token is None:
        return Reject(RejectReason.MALFORMED, 1, "not a refresh token of this server")
    if not now.issued:
        return Reject(RejectReason.UNKNOWN, 2, "the MAC is not ours, or its key is gone")
    if now.session is None:
        return Reject(RejectReason.NO_SESSION, 3, "there is no such session")
    return _validity(now) or _bearer_of_token(now, now.token, now.session) or _generation(now, now.token, now.session)


def _validity(now: Situation) -> Decision | None:
    if now.invalid is None:
        return None
    cause, row = {
        InvalidReason.REVOKED: (RejectReason.ENDED, 4),
        InvalidReason.EXPIRED: (RejectReason.EXPIRED, 5),
        InvalidReason.USER: (RejectReason.USER, 6),
    }[now.invalid.fault]
    return Reject(cause, row, now.invalid.reason)


def _bearer_of_token(now: Situation, token: RefreshToken, session: SessionRow) -> Decision | None:
    if now.client_id != session.client_id:
        return Reject(RejectReason.CLIENT, 7, "the token was issued to another client")
    if now.proof is False:
        return Reject(RejectReason.BINDING, 8, "the session is bound, and the proof of its key is missing or bad")
    if not now.delivery == token.delivery == session.delivery:
        return Reuse(ReuseReason.DELIVERY, 9)
    return None


def _generation(now: Situation, token: RefreshToken, session: SessionRow) -> Decision:
    """A token without a salt in its row was made of fresh randomness by a step-up: nothing is derived to it.

    Whoever exfiltrated an earlier token must not be handed the stronger session, with a retry key or without. The
    client that stepped up has the answer, or its other tabs have; what they sent before is told to try again, also
    where a refresh won right before the step-up and their token is two behind.
    """
    behind = session.generation - token.generation
    if behind < 0:
        return Reuse(ReuseReason.AHEAD, 10)
    if behind == 0:
        return _is_current(token, session)
    if not session.salt and _since_rotation(session) < MIN_ROTATION_INTERVAL:
        return Reject(RejectReason.STEPPED_UP, 23, "the session was stepped up; its new token is in that answer")
    if behind == 1:
        return _predecessor(now, token, session)
    return Reuse(ReuseReason.ANCIENT, 22)


def _since_rotation(session: SessionRow) -> int:
    return session.now - (session.rotated_at or 0)


def _is_current(token: RefreshToken, session: SessionRow) -> Decision:
    if not hmac.compare_digest(token.digest(), session.current_digest):
        return Reuse(ReuseReason.FORK, 11)
    if (
        session.rotated_at is None
        or not -MIN_ROTATION_INTERVAL <= session.now - session.rotated_at < MIN_ROTATION_INTERVAL
    ):
        return Rotate()
    return KeepCurrent()


def _predecessor(now: Situation, token: RefreshToken, session: SessionRow) -> Decision:
    since = _since_rotation(session)
    if not session.salt:
        return Reuse(ReuseReason.STALE_PREDECESSOR, 24)
    if now.row_keys is None:
        return Reject(RejectReason.KEY_GONE, 14, "the key that made the current token is not in the ring")
    successor = token.successor(now.row_keys, session.salt)
    if not hmac.compare_digest(successor.digest(), session.current_digest):
        return Reuse(ReuseReason.FORK, 15)
    if now.proof or _same(now.retry_digest, session.retry_digest):
        return Grace(successor, 16)
    if abs(since) <= GRACE_PERIOD:
        return _within_grace(now, successor, session)
    if since > GRACE_PERIOD:
        return Reuse(ReuseReason.STALE_PREDECESSOR, 20)
    return Reject(RejectReason.CLOCK, 21, "the session was rotated in the future: the database's clock has jumped")


def _within_grace(now: Situation, successor: RefreshToken, session: SessionRow) -> Decision:
    if _same(now.context_digest, session.context_digest):
        return Grace(successor, 17)
    if session.concurrent_uses < MAX_CONCURRENT_USES or not now.revoke_concurrent:
        return Grace(successor, 18, concurrent_uses=True)
    return Reuse(ReuseReason.CONCURRENT, 19)


def _same(one: bytes, other: bytes) -> bool:
    """Equal and not empty: an absent key matches nothing."""
    return bool(one) and hmac.compare_digest(one, other)
