"""A REST framework throttle that counts atomically and understands several windows."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ... import conf
from ...http import client_address
from ...rate_limits import limiter, rules


class TokenAnonRateThrottle(BaseThrottle):
    """Limits requests without authentication by address. Set `rate` to one rate or several.

        class Burst(TokenAnonRateThrottle):
            rate = "100/day;10/hour"

    Requests are counted over all processes at once. The address is read as far as `BEARER["TRUSTED_PROXIES"]`
    goes.

    Attributes:
        rate: Rates such as `100/day;10/hour`, separated by semicolons.
        scope: What is counted together. Classes with different rates need different names.

    Source:
        RFC 6585 section 4.
    """

    rate = "100/day;10/hour"
    scope = "anon"

    def __init__(self) -> None:
        self._wait = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count a request, and tell whether it may go on.

        Args:
            request: The request of REST framework.
            view: The view.

        Returns:
            False where a rate is reached. Authenticated requests are not counted.

        Raises:
            TemporarilyUnavailable: The request could not be counted.
        """
        if getattr(request.user, "is_authenticated", False):
            return True
        address = client_address.prefix(client_address.client(request.META, conf.current().trusted_proxies))
        self._wait = limiter.admit([rules.bucket(f"drf-{self.scope}", self.rate, address)])
        return self._wait == 0

    def wait(self) -> float | None:
        """Return how long the client should wait.

        Returns:
            Seconds until it is worth trying again, or None.
        """
        return float(self._wait) if self._wait else None
