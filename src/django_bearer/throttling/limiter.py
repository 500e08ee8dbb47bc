"""The limiter: lets an attempt through and counts it, or says how long to wait, before any hashing is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..storage import counters
from ..storage.counters import Window
from .policy import Bucket


def admit(buckets: Iterable[Bucket]) -> int:
    """Count one attempt in every window of every bucket; 0 when it may go on, else the seconds to wait."""
    return max(level.wait for level in counters.hit(_windows(buckets)))


def forgive(own: Bucket, shared: Bucket) -> None:
    """After a success, forget the attempts of `own`, there and in `shared`, which counts namesakes too.

    The attempts of others in `shared` stay: who has a namesake's password would buy guesses with it.
    """
    counters.take_back(own.windows, shared.windows)


def _windows(buckets: Iterable[Bucket]) -> Sequence[Window]:
    return [window for bucket in buckets for window in bucket.windows]
