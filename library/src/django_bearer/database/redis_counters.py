"""The same counters over Redis or Valkey: several sliding windows counted in one script, or none of them.

The arithmetic is that of `rate_limit_counters`, which is used instead for as long as the server does not answer:
attempts are then counted anew in the database, and never let through uncounted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import import_module

from .. import events
from ..errors import RateLimitUnavailable
from ..primitives import clock
from ..primitives.clock import SECOND
from . import rate_limit_corrections, rate_limit_counters
from .rate_limit_counters import Filling, Level, Window
from .redis_client import client

PREFIX = "{django-bearer}:"
"""In braces, so that a cluster keeps the windows of one attempt on one node, where one script can count them."""

_HIT = """
-- KEYS: the current and the previous period of each window. ARGV: for each, amount, length and what is left of it in
-- milliseconds. Counts in all windows or, where one is full, in none. Answers the counts as they were before.
local found, full = {}, false
for i = 1, #KEYS / 2 do
  local current = tonumber(redis.call('GET', KEYS[2 * i - 1]) or '0')
  local previous = tonumber(redis.call('GET', KEYS[2 * i]) or '0')
  local amount, length, left = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  found[2 * i - 1], found[2 * i] = current, previous
  if current + math.ceil(previous * left / length) + 1 > amount then full = true end
end
if not full then
  for i = 1, #KEYS / 2 do
    redis.call('INCR', KEYS[2 * i - 1])
    redis.call('PEXPIRE', KEYS[2 * i - 1], 2 * tonumber(ARGV[3 * i - 1]))
  end
end
table.insert(found, full and 1 or 0)
return found
"""
_TAKE_BACK = """
-- KEYS: pairs of a counter that is forgotten, and one that counted the same attempts and others too.
for i = 1, #KEYS / 2 do
  local by = tonumber(redis.call('GET', KEYS[2 * i - 1]) or '0')
  local from = tonumber(redis.call('GET', KEYS[2 * i]) or '0')
  if by >= from then redis.call('DEL', KEYS[2 * i]) elseif by > 0 then redis.call('DECRBY', KEYS[2 * i], by) end
end
for i = 1, #KEYS / 2 do redis.call('DEL', KEYS[2 * i - 1]) end
"""
_UNCOUNT = """
-- KEYS: the current period of each window, out of which one attempt is taken.
for i = 1, #KEYS do
  if tonumber(redis.call('GET', KEYS[i]) or '0') > 0 then redis.call('DECR', KEYS[i]) end
end
"""


class RedisCounters:
    """Counters at one address. Made once a process; its connections are its library's to keep."""

    def __init__(self, uri: str) -> None:
        self._client = client(uri, "RATE_LIMIT_STORAGE")
        self._hit = self._client.register_script(_HIT)
        self._take_back = self._client.register_script(_TAKE_BACK)
        self._uncount = self._client.register_script(_UNCOUNT)

    def hit(self, windows: Sequence[Window]) -> list[Level]:
        """Count one attempt in each window, and say how full each was before it; see `rate_limit_counters.hit`."""
        try:
            timestamp = self._now()
            keys, arguments = [], []
            for window in windows:
                length = window.seconds * SECOND
                keys += self._keys(window, timestamp)
                arguments += [window.amount, length // 1000, (length - timestamp % length) // 1000]
            found = self._hit(keys=keys, args=arguments)
        except _errors() as error:
            _tell(error)
            return rate_limit_counters.hit(windows)
        *counts, full = found
        pairs = zip(counts[::2], counts[1::2], strict=True)
        levels = [
            rate_limit_counters.level(window, (timestamp // (window.seconds * SECOND), current, previous), timestamp)
            for window, (current, previous) in zip(windows, pairs, strict=True)
        ]
        if full and not any(level.wait for level in levels):
            levels[0] = replace(levels[0], wait=1)  # full by less than the script can tell: not counted, so refused
        return levels

    def fillings(self, windows: Sequence[Window]) -> list[Filling]:
        """How full each of these windows is; nothing is counted. Raises `RateLimitUnavailable` without an answer.

        It does not look into the database instead, where another machine's attempts may not be.
        """
        try:
            timestamp = self._now()
            found = self._client.mget([key for window in windows for key in self._keys(window, timestamp)])
        except _errors() as error:
            raise RateLimitUnavailable(f"RATE_LIMIT_STORAGE does not answer: {type(error).__name__}") from error
        counts = [int(count or 0) for count in found]
        rows = zip(counts[::2], counts[1::2], strict=True)
        return [
            rate_limit_counters.filling(window, (timestamp // (window.seconds * SECOND), *row), timestamp)
            for window, row in zip(windows, rows, strict=True)
        ]

    def take_back(self, part: Sequence[Window], whole: Sequence[Window], once: Sequence[Window] = ()) -> None:
        """Empty the windows of `part`, and take what was counted there out of `whole`; see
        `rate_limit_corrections.taking_back`."""
        try:
            timestamp = self._now()
            keys = []
            for one, other in zip(part, whole, strict=True):
                for mine, theirs in zip(self._keys(one, timestamp), self._keys(other, timestamp), strict=True):
                    keys += [mine, theirs]
            self._take_back(keys=keys)
            if once:
                self._uncount(keys=[self._keys(window, timestamp)[0] for window in once])
        except _errors() as error:
            _tell(error)
            rate_limit_corrections.take_back(part, whole, once)

    def uncount(self, windows: Sequence[Window]) -> None:
        """Take one attempt back out of each of these windows; see `rate_limit_corrections.uncounting`."""
        try:
            timestamp = self._now()
            self._uncount(keys=[self._keys(window, timestamp)[0] for window in windows])
        except _errors() as error:
            _tell(error)
            rate_limit_corrections.uncount(windows)

    def _now(self) -> int:
        seconds, microseconds = self._client.time()
        return clock.seen(seconds * SECOND + microseconds)

    def _keys(self, window: Window, timestamp: int) -> list[str]:
        """The names of the current and the previous period."""
        name = rate_limit_counters.name(window).hex()[:32]
        period = timestamp // (window.seconds * SECOND)
        return [f"{PREFIX}{name}:{period}", f"{PREFIX}{name}:{period - 1}"]


@lru_cache(maxsize=4)
def at(uri: str) -> RedisCounters:
    """The counters at an address: redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://."""
    return RedisCounters(uri)


def _errors() -> type[Exception]:
    error: type[Exception] = import_module("redis").RedisError
    return error


def _tell(error: Exception) -> None:
    events.publish_sampled(events.EventKind.RATE_LIMIT_STORAGE, details={"cause": type(error).__name__})
