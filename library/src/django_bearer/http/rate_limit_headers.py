"""How many attempts are left, for clients: the RateLimit header fields (httpapi draft 11, RL-02)."""

from __future__ import annotations

from collections.abc import Sequence

from ..database.rate_limit_counters import Level


def headers(levels: Sequence[Level]) -> dict[str, str]:
    """The two fields for windows of one bucket, as they were before this attempt was counted in them.

    Only the bucket of the address is ever told: what an account has left would say who else is trying it (RL-04).
    """
    policies, left = [], []
    for level in levels:
        window = level.window
        policies.append(f'"w{window.seconds}";q={window.amount};w={window.seconds}')
        left.append(
            f'"w{window.seconds}";r={max(0, window.amount - level.used - 1)};t={level.wait or window.seconds}'
        )
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}
