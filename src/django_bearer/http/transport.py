"""Plain HTTP: a token that came over it is refused always, and revoked only when the breach is sure.

One load balancer without `SECURE_PROXY_SSL_HEADER` makes every request look like plain HTTP; it must not log
everybody out. So revoking needs proof that the client itself spoke in clear (DESIGN section 4, Plain HTTP).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from .. import clock
from ..readers import Network
from .source import peer, within

FORWARDED_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_SSL",
    "HTTP_X_REAL_IP",
)
BREAKER = 5
"""Revocations for plain HTTP in a minute, after which this process only refuses."""


class Transport(Enum):
    """How a request came. `SURE` is plain HTTP beyond doubt; `UNKNOWN` is plain HTTP as far as can be seen."""

    SECURE = "secure"
    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    SURE = "sure"


@dataclass(frozen=True, slots=True)
class Wire:
    """What is known of how a request came."""

    is_secure: bool
    meta: Mapping[str, object] = field(repr=False)
    plain_from: Sequence[Network]
    trusted: Sequence[Network]
    https_seen: bool


def judge(wire: Wire) -> Transport:
    """How the request came. Pure."""
    if wire.is_secure:
        return Transport.SECURE
    address = peer(wire.meta)
    if within(address, wire.plain_from):
        return Transport.ALLOWED
    if within(address, wire.trusted):
        spoken = str(wire.meta.get("HTTP_X_FORWARDED_PROTO") or "").strip().lower()
        return Transport.SURE if spoken == "http" and wire.https_seen else Transport.UNKNOWN
    forwarded = any(name in wire.meta for name in FORWARDED_HEADERS)
    if address is None or not address.is_global or forwarded or not wire.https_seen:
        return Transport.UNKNOWN
    return Transport.SURE


class HttpsSeen:
    """Whether this process has authenticated anyone over HTTPS since it started, and the breaker for revoking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revoked_at: list[float] = []
        self.seen = False

    def may_revoke(self) -> bool:
        """Whether the breaker is closed; counts the revocation it allows."""
        now = clock.monotonic()
        with self._lock:
            self._revoked_at = [at for at in self._revoked_at if now - at < 60]
            if len(self._revoked_at) >= BREAKER:
                return False
            self._revoked_at.append(now)
            return True

    def reset(self) -> None:
        """Begin anew. For tests."""
        with self._lock:
            self._revoked_at, self.seen = [], False


state = HttpsSeen()
