"""The rate-limit counters as a storage of the `limits` library, which ships none over a database."""

from __future__ import annotations

from django.db import DatabaseError
from limits.storage import SlidingWindowCounterSupport, Storage

from ..models import RateLimitCounter
from ..primitives.clock import SECOND
from . import aliases
from .rate_limit_corrections import clear
from .rate_limit_counters import Window, hit, look, slots_of


class DatabaseStorage(Storage, SlidingWindowCounterSupport):
    """For code that speaks its interface."""

    STORAGE_SCHEME = ["django-bearer"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return DatabaseError

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return hit([Window(key, limit - amount + 1, expiry)])[0].wait == 0

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        slot = slots_of([Window(key, 1, expiry)])
        timestamp, rows = look(slot.values())
        period, current, previous = rows.get(next(iter(slot.values())), (0, 0, 0))
        left = expiry - timestamp / SECOND % expiry
        behind = timestamp // (expiry * SECOND) - period
        previous, current = {0: (previous, current), 1: (current, 0)}.get(behind, (0, 0))
        return previous, left, current, left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        clear([Window(key, 1, expiry)])

    def clear(self, key: str) -> None:
        raise NotImplementedError("a window is cleared with its length: clear_sliding_window")

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError("fixed windows are not offered: acquire_sliding_window_entry")

    def get(self, key: str) -> int:
        raise NotImplementedError("fixed windows are not offered: get_sliding_window")

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError("fixed windows are not offered: get_sliding_window")

    def check(self) -> bool:
        return look([])[0] > 0

    def reset(self) -> int | None:
        return RateLimitCounter.objects.using(aliases.sessions_alias()).all().delete()[0]
