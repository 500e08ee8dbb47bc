"""Whether a session is valid: the one rule for authentication and rotation."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from ..database.session_read import SessionState
from .password_fingerprint import fingerprint


class InvalidReason(Enum):
    """Why a session is invalid, in the order of the checks."""

    REVOKED = "ended"
    EXPIRED = "expired"
    USER = "user"


@dataclass(frozen=True, slots=True)
class InvalidSession:
    """An invalid session: the reason, and the failed check in words."""

    fault: InvalidReason
    reason: str


def session_invalid_reason(row: SessionState, issuer: str) -> InvalidSession | None:
    """Why this session is invalid, or None. Pure: everything is in the row."""
    if row.revoked_at is not None:
        return InvalidSession(InvalidReason.REVOKED, f"the session was revoked ({row.revoked_cause})")
    if row.issuer != issuer or row.issuer_epoch < row.issuer_epoch_now:
        return InvalidSession(InvalidReason.REVOKED, "the issuer ended every session of its earlier epoch")
    if row.now >= row.ends_at:
        return InvalidSession(InvalidReason.EXPIRED, "the session is past its absolute end; log in again")
    if row.now >= row.idle_ends_at:
        return InvalidSession(InvalidReason.EXPIRED, "the session was idle for too long; log in again")
    reason = account_invalid_reason(row)
    return InvalidSession(InvalidReason.USER, reason) if reason else None


class Owned(Protocol):
    """A row that depends on a user: a session's, or an API token's."""

    @property
    def user(self) -> Any: ...
    @property
    def user_epoch(self) -> int: ...
    @property
    def user_epoch_now(self) -> int: ...
    @property
    def password_fingerprint(self) -> bytes: ...
    @property
    def rehashed_fingerprint(self) -> bytes: ...


def account_invalid_reason(row: Owned) -> str | None:
    """Why the user makes a session or API token invalid, or None."""
    user = row.user
    if user is None:
        return "the user is gone"
    if not getattr(user, "is_active", True):
        return "the user is not active"
    if row.user_epoch < row.user_epoch_now:
        return "the user logged out everywhere"
    now = fingerprint(user)
    if not (hmac.compare_digest(now, row.password_fingerprint) or hmac.compare_digest(now, row.rehashed_fingerprint)):
        return "the password was changed"
    return None
