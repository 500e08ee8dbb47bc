"""Plain HTTP: a token that came over it is refused always, and revoked only when the breach is sure.

One load balancer without `SECURE_PROXY_SSL_HEADER` makes every request look like plain HTTP; it must not log
everybody out. So revoking needs proof that the client itself spoke in clear (`docs/guide/proxies.md`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ..conf.readers import Network
from ..primitives import clock
from .client_address import peer, within

FORWARDED_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_SSL",
    "HTTP_X_REAL_IP",
)
MAX_REVOCATIONS = 5
"""Users who lose something for plain HTTP in a minute, after which this process only refuses; and as many revocations
in a minute of each of them."""
MINUTE = 60.0
USER_REMEMBERED = 3600.0
"""Seconds for which a user counts once: nobody keeps the breaker open for others with tokens of their own."""


class Transport(Enum):
    """How a request came. `SURE` is plain HTTP beyond doubt; `UNKNOWN` is plain HTTP as far as can be seen."""

    SECURE = "secure"
    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    SURE = "sure"


@dataclass(frozen=True, slots=True)
class RequestTransport:
    """What is known of how a request came."""

    is_secure: bool
    meta: Mapping[str, object] = field(repr=False)
    plain_from: Sequence[Network]
    trusted: Sequence[Network]
    https_seen: bool


def classify_transport(wire: RequestTransport) -> Transport:
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


class TransportState:
    """Whether this process has authenticated anyone over HTTPS since it started, and the breaker for revoking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revoked: dict[str, list[float]] = {}
        self.seen = False

    def may_revoke(self, user: str) -> bool:
        """Whether the breaker is closed for this user; counts the revocation it allows.

        Each user's times begin with the one that counted against the breaker. There are never more users than it
        lets through in an hour.
        """
        now = clock.monotonic()
        with self._lock:
            self._revoked = {name: at for name, at in self._revoked.items() if now - at[0] < USER_REMEMBERED}
            newcomers = sum(now - at[0] < MINUTE for at in self._revoked.values())
            first, *later = self._revoked.get(user, [now])
            own = [at for at in later if now - at < MINUTE]
            if newcomers >= MAX_REVOCATIONS or len(own) >= MAX_REVOCATIONS:
                return False
            self._revoked[user] = [first, *own, now]
            return True

    def reset(self) -> None:
        """Begin anew. For tests."""
        with self._lock:
            self._revoked, self.seen = {}, False


state = TransportState()
