"""The limiter: lets an attempt through and counts it, or says how long to wait, before any hashing is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import conf
from ..readers import DATABASE
from ..storage import counters, redis_counters
from ..storage.counters import Level, Window
from .policy import Attempt, Bucket


def admit(buckets: Iterable[Bucket]) -> int:
    """Count one attempt in every window of every bucket; 0 when it may go on, else the seconds to wait."""
    return wait_of(measure(buckets))


def measure(buckets: Iterable[Bucket]) -> list[Level]:
    """The same, with how full each window was before it."""
    levels: list[Level] = _store().hit(_windows(buckets))
    return levels


def wait_of(levels: Iterable[Level]) -> int:
    """Seconds until the attempt would fit in all of these windows, 0 when it did."""
    return max(level.wait for level in levels)


def forgive(attempt: Attempt) -> None:
    """After a success, forget the attempts of its own, there and in the buckets that count namesakes too.

    The attempts of others stay: who has a namesake's password would buy guesses with it.
    """
    _store().take_back(_windows(attempt.own), _windows(attempt.shared))


def _store() -> Any:
    """Where attempts are counted: the database, or the server that `THROTTLE_STORAGE` names."""
    uri = conf.current().throttle_storage
    return counters if uri == DATABASE else redis_counters.at(uri)


def _windows(buckets: Iterable[Bucket]) -> Sequence[Window]:
    return [window for bucket in buckets for window in bucket.windows]
