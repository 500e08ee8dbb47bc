"""When sessions and tokens end: fixed at login, only ever brought forward."""

from __future__ import annotations

from ..primitives.clock import SECOND


def idle_end(now: int, idle_seconds: int, ends_at: int) -> int:
    """The new idle end, in microseconds: never past the absolute end (NIST SP 800-63B-4 section 5.2)."""
    return min(now + idle_seconds * SECOND, ends_at)


def access_end(now: int, access_seconds: int, ends_at: int) -> int:
    """When an access token issued now expires, in whole seconds: never after its session."""
    return min(now + access_seconds * SECOND, ends_at) // SECOND
