"""Lost races in the database: recognised, and retried.

A serialization failure, a deadlock, a lock that timed out or a busy SQLite file say nothing about the work; the same
work done again a little later succeeds, or finds that somebody else has done it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError

from ..errors import TemporarilyUnavailable
from ..primitives import clock, randomness
from . import aliases

Outcome = TypeVar("Outcome")

MAX_SECONDS = 5.0
"""Seconds for which the same work is retried. Many writers of one row are served in less, on a busy machine too."""
FIRST_PAUSE = 0.001
LONGEST_PAUSE = 0.064
"""Seconds; the pause doubles and is drawn at random, so that those who met do not meet again."""

_POSTGRES = frozenset({"40001", "40P01", "55P03"})
_MYSQL = frozenset({1020, 1205, 1213})
_SQLITE_BUSY, _SQLITE_LOCKED = 5, 6


def retry_on_conflict(work: Callable[[], Outcome]) -> Outcome:
    """What `work` returns, done again for as long as it only loses races. It must leave nothing behind when it fails.

    Inside a caller's transaction it is tried once: only the whole transaction could be run again. Raises
    `TemporarilyUnavailable` when every attempt was lost.
    """
    if aliases.connection(aliases.sessions_alias()).in_atomic_block:
        return work()
    return retry_for(work, MAX_SECONDS)


def retry_for(work: Callable[[], Outcome], seconds: float) -> Outcome:
    """Retry `work` for `seconds`, inside a transaction too."""
    began, pause = clock.monotonic(), FIRST_PAUSE
    while True:
        try:
            return work()
        except OperationalError as error:
            if not is_lost_race(error):
                raise
            if clock.monotonic() - began > seconds:
                raise TemporarilyUnavailable("lost every race for the same rows") from error
        clock.pause(randomness.fraction() * pause)
        pause = min(pause * 2, LONGEST_PAUSE)


class LostRace(OperationalError):
    """Somebody else was faster, seen by us rather than by the database."""


def is_lost_race(error: OperationalError) -> bool:
    """Whether the database refused only because of somebody else's transaction."""
    cause: Any = error.__cause__
    if isinstance(error, LostRace):
        return True
    if getattr(cause, "sqlstate", None) in _POSTGRES:
        return True
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED):
        return True
    return bool(error.args) and error.args[0] in _MYSQL
