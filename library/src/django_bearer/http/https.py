"""Plain HTTP: a token over it is always refused, and revoked only when it was surely exposed.

Behind a load balancer without `SECURE_PROXY_SSL_HEADER` every request looks like plain HTTP, and must not log every
user out. So a token is revoked only when the client itself surely used plain HTTP (`docs/guide/proxies.md`).
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
"""The most users whose tokens this process revokes in a minute, and the most revocations of one user in a minute."""
MINUTE = 60.0
USER_REMEMBERED = 3600.0
"""Seconds for which a user counts only once, so that one user's tokens cannot use up the limit."""


class Transport(Enum):
    """How a request came: `SURE` is certainly plain HTTP, `UNKNOWN` may be HTTPS before a proxy."""

    SECURE = "secure"
    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    SURE = "sure"


@dataclass(frozen=True, slots=True)
class RequestTransport:
    """What decides how a request came."""

    is_secure: bool
    meta: Mapping[str, object] = field(repr=False)
    plain_from: Sequence[Network]
    trusted: Sequence[Network]
    https_seen: bool


def classify_transport(wire: RequestTransport) -> Transport:
    """Classify the transport of a request. Pure."""
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
    """Whether this process has authenticated a request over HTTPS, and how many tokens it has revoked of late."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revoked: dict[str, list[float]] = {}
        self.seen = False

    def may_revoke(self, user: str) -> bool:
        """Whether a token of this user may be revoked within the limits; counts the revocation.

        The first time of each user is the one that counted against the limit of users, which also bounds the dict.
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
