"""The one place that reads time."""

from __future__ import annotations

import time


def now() -> float:
    """This machine's time, in seconds since 1970."""
    return time.time()


def monotonic() -> float:
    """Seconds that never run backwards."""
    return time.monotonic()
