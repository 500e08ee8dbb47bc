"""A REST framework throttle that counts atomically and understands several windows."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ... import conf
from ...http import client_address
from ...rate_limits import limiter, rules


class TokenAnonRateThrottle(BaseThrottle):
    """Limits requests that carry no valid token, by address; set `rate` to one rate or several.

        class Burst(TokenAnonRateThrottle):
            rate = "100/day;10/hour"

    Counted over all processes at once; the address is believed as far as `BEARER["TRUSTED_PROXIES"]` goes.
    """

    rate = "100/day;10/hour"
    scope = "anon"

    def __init__(self) -> None:
        self._wait = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        if getattr(request.user, "is_authenticated", False):
            return True
        address = client_address.prefix(client_address.client(request.META, conf.current().trusted_proxies))
        self._wait = limiter.admit([rules.bucket(f"drf-{self.scope}", self.rate, address)])
        return self._wait == 0

    def wait(self) -> float | None:
        """Seconds until it is worth trying again."""
        return float(self._wait) if self._wait else None
