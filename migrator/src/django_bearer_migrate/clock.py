"""The one place that reads time."""

from __future__ import annotations

import time


def seconds() -> int:
    """This machine's time in whole seconds since 1970."""
    return int(time.time())
