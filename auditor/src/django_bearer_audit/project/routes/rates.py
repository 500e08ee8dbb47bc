"""Throttle rates as REST framework reads them, and the scope of each of its throttle classes."""

from __future__ import annotations

_PERIODS = frozenset("smhd")
SCOPES = {
    "rest_framework.throttling.AnonRateThrottle": "anon",
    "rest_framework.throttling.UserRateThrottle": "user",
}
SCOPED = "rest_framework.throttling.ScopedRateThrottle"


def why_unparsable(rate: str) -> str | None:
    """None when REST framework's own throttles can read it."""
    number, slash, period = rate.partition("/")
    if not slash or "/" in period:
        return "it is not number/period"
    if not number.strip().isdigit():
        return f"{number!r} is not a number"
    if period[:1] not in _PERIODS:
        return f"{period!r} is no period: only second, minute, hour and day are"
    if any(sign in rate for sign in ";,"):
        return "one rate is one window"
    return None
