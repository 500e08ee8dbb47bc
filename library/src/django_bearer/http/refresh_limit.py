"""Counting refreshes that hand out no refresh token: before they are worked, and for tokens that are ours only."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from ..errors import RateLimited
from ..rate_limits import limiter, rules
from . import client_address


def limit_for(request: Any) -> Callable[[uuid.UUID], None]:
    """What counts one such refresh of a session, from where `request` came; it raises `RateLimited` beyond the limit.

    A rotation needs no count: the minimum rotation interval spaces them out. A successor handed out again must not be
    held back: told to wait, an honest client would ask after the grace period, and its session would end.
    """

    def count(session_id: uuid.UUID) -> None:
        address = client_address.of(request) if isinstance(request, HttpRequest) else ""
        wait = limiter.admit(rules.refresh(address, str(session_id)))
        if wait:
            raise RateLimited("a refresh bucket is full", retry_after=wait)

    return count
