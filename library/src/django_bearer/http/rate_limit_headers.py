"""The RateLimit header fields: how many attempts are left (draft-ietf-httpapi-ratelimit-headers-11 sections 3, 4)."""

from __future__ import annotations

from collections.abc import Sequence

from ..database.rate_limit_counters import Level


def headers(levels: Sequence[Level]) -> dict[str, str]:
    """The two fields for windows of one bucket, as they were before this attempt was counted in them.

    Only the limit of the address is sent. What an account has left would tell that others try it (draft section 6).
    """
    policies, left = [], []
    for level in levels:
        window = level.window
        policies.append(f'"w{window.seconds}";q={window.amount};w={window.seconds}')
        left.append(
            f'"w{window.seconds}";r={max(0, window.amount - level.used - 1)};t={level.wait or window.seconds}'
        )
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}
