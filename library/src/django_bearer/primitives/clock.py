"""The one place that reads time: timestamps are whole microseconds since 1970, UTC.

Time that decides between processes is the database's own; it is read beside the row and passes through `seen`,
so that a frozen clock holds for both.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
"""Microseconds in a second."""

_lock = threading.Lock()
_frozen_at: int | None = None
_shift = 0


def now() -> int:
    """This machine's time, in microseconds since 1970."""
    return seen(time.time_ns() // 1000)


def seen(timestamp: int) -> int:
    """A timestamp read elsewhere (the database), shifted as the clock of this process is."""
    return _frozen_at if _frozen_at is not None else timestamp + _shift


def seconds() -> int:
    """This machine's time in whole seconds since 1970, as JWT claims want it (RFC 7519 section 2)."""
    return now() // SECOND


def iso(timestamp: int) -> str:
    """Microseconds since 1970 in ISO 8601, in UTC, to the microsecond."""
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=timestamp):%Y-%m-%dT%H:%M:%S.%f}Z"


def monotonic() -> float:
    """Seconds that never run backwards, for measuring spans inside this process."""
    return time.monotonic()


_THROUGH_SUSPEND = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC if sys.platform == "darwin" else None)
"""Linux counts the time of a suspended machine in CLOCK_BOOTTIME only, macOS in CLOCK_MONOTONIC too."""
counts_suspend = _THROUGH_SUSPEND is not None
"""Whether this machine has a clock that never runs backwards and counts the time in which it was suspended."""


def through_suspend() -> float:
    """Seconds that never run backwards and go on while the machine is suspended, whatever is set by hand.

    Raises `OSError` where the machine has no such clock: `counts_suspend` tells.
    """
    if _THROUGH_SUSPEND is None:
        raise OSError("this machine has no clock that counts the time in which it was suspended")
    return time.clock_gettime(_THROUGH_SUSPEND)


def pause(seconds: float) -> None:
    """Wait, for somebody else to finish."""
    time.sleep(seconds)


@contextmanager
def frozen(at: int | None = None) -> Iterator[None]:
    """Hold every clock of this process at `at` (microseconds; default: now). For tests."""
    global _frozen_at
    with _lock:
        before, _frozen_at = _frozen_at, at if at is not None else now()
    try:
        yield
    finally:
        with _lock:
            _frozen_at = before


def advance(by: float) -> None:
    """Move a frozen clock, or shift a running one, by `by` seconds. For tests."""
    global _frozen_at, _shift
    with _lock:
        if _frozen_at is not None:
            _frozen_at += round(by * SECOND)
        else:
            _shift += round(by * SECOND)


def reset() -> None:
    """Let time run again, unshifted. For tests."""
    global _frozen_at, _shift
    with _lock:
        _frozen_at, _shift = None, 0
