"""The rotation table: what becomes of a presented refresh token. First match wins; every row is a test.

Pure: no clock, no database, no randomness. Row numbers are those of docs/reference/rotation.md.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ..clock import SECOND
from ..keys.keyring import RefreshKeys
from ..storage.session_row import SessionRow
from ..tokens.refresh import Channel, RefreshToken
from .standing import Fallen, Fault

GRACE = 10 * SECOND
"""W: how long a parent is answered with the child it already has, in microseconds."""
HOLD = 30 * SECOND
"""H: how long a fresh token is not rotated again, in microseconds."""
MOST_CONTESTED = 3


class Cause(StrEnum):
    """Why a token was taken for a reused one."""

    CHANNEL = "channel"
    AHEAD = "ahead"
    FORK = "fork"
    CONTESTED = "contested"
    STALE_PARENT = "stale_parent"
    ANCIENT = "ancient"


class No(StrEnum):
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


@dataclass(frozen=True, slots=True)
class Rotate:
    """The token is the current one and is due: make its child current."""

    row: Literal[12] = 12


@dataclass(frozen=True, slots=True)
class Hold:
    """The token is the current one and is fresh: an access token only."""

    row: Literal[13] = 13


@dataclass(frozen=True, slots=True)
class Grace:
    """The token is the current one's parent: hand out the same child again."""

    child: RefreshToken
    row: int
    contested: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """No, and nothing of the session changes, except that a fault of its user ends it."""

    no: No
    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reuse:
    """The token was used by two parties, or by one that should not have it: the session ends."""

    cause: Cause
    row: int


Decision = Rotate | Hold | Grace | Reject | Reuse


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the decision hangs on.

    `token` is None for text that is no refresh token; `issued` says that its MAC holds; `session` is None when there
    is no such row; `row_keys` are the secrets named in the row, None when the ring has lost them. `proof` is True for
    a valid proof of the bound key, False for a missing or bad one, None for a session bound to nothing.
    """

    token: RefreshToken | None
    issued: bool = False
    session: SessionRow | None = None
    fallen: Fallen | None = None
    row_keys: RefreshKeys | None = None
    client_id: str = ""
    channel: Channel = Channel.NATIVE
    proof: bool | None = None
    retry_digest: bytes = b""
    context_digest: bytes = b""
    revoke_contested: bool = False


def decide(now: Situation) -> Decision:
    """The first row of the table that fits."""
    if now.token is None:
        return Reject(No.MALFORMED, 1, "not a refresh token of this server")
    if not now.issued:
        return Reject(No.UNKNOWN, 2, "the MAC is not ours, or its key is gone")
    if now.session is None:
        return Reject(No.NO_SESSION, 3, "there is no such session")
    return _standing(now) or _holder(now, now.token, now.session) or _generation(now, now.token, now.session)


def _standing(now: Situation) -> Decision | None:
    if now.fallen is None:
        return None
    no, row = {Fault.REVOKED: (No.ENDED, 4), Fault.EXPIRED: (No.EXPIRED, 5), Fault.USER: (No.USER, 6)}[
        now.fallen.fault
    ]
    return Reject(no, row, now.fallen.reason)


def _holder(now: Situation, token: RefreshToken, session: SessionRow) -> Decision | None:
    if now.client_id != session.client_id:
        return Reject(No.CLIENT, 7, "the token was issued to another client")
    if now.proof is False:
        return Reject(No.BINDING, 8, "the session is bound, and the proof of its key is missing or bad")
    if not now.channel == token.channel == session.channel:
        return Reuse(Cause.CHANNEL, 9)
    return None


def _generation(now: Situation, token: RefreshToken, session: SessionRow) -> Decision:
    behind = session.generation - token.generation
    if behind < 0:
        return Reuse(Cause.AHEAD, 10)
    if behind == 0:
        return _own(token, session)
    if behind == 1:
        return _parent(now, token, session)
    return Reuse(Cause.ANCIENT, 22)


def _own(token: RefreshToken, session: SessionRow) -> Decision:
    if not hmac.compare_digest(token.digest(), session.current_digest):
        return Reuse(Cause.FORK, 11)
    if session.rotated_at is None or not -HOLD <= session.now - session.rotated_at < HOLD:
        return Rotate()
    return Hold()


def _parent(now: Situation, token: RefreshToken, session: SessionRow) -> Decision:
    if now.row_keys is None:
        return Reject(No.KEY_GONE, 14, "the key that made the current token is not in the ring")
    child = token.child(now.row_keys, session.salt)
    if not hmac.compare_digest(child.digest(), session.current_digest):
        return Reuse(Cause.FORK, 15)
    since = session.now - (session.rotated_at or 0)
    if now.proof or _same(now.retry_digest, session.retry_digest):
        return Grace(child, 16)
    if abs(since) <= GRACE:
        return _within(now, child, session)
    if since > GRACE:
        return Reuse(Cause.STALE_PARENT, 20)
    return Reject(No.CLOCK, 21, "the session was rotated in the future: the database's clock has jumped")


def _within(now: Situation, child: RefreshToken, session: SessionRow) -> Decision:
    if _same(now.context_digest, session.context_digest):
        return Grace(child, 17)
    if session.contested < MOST_CONTESTED or not now.revoke_contested:
        return Grace(child, 18, contested=True)
    return Reuse(Cause.CONTESTED, 19)


def _same(one: bytes, other: bytes) -> bool:
    """Equal and not empty: an absent key matches nothing."""
    return bool(one) and hmac.compare_digest(one, other)
