"""Purge: forget what can no longer decide anything, a little at a time.

A session is kept until its absolute end, however early it was revoked: until then its old tokens must be told from
noise (RFC 9700 section 4.14.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..clock import SECOND
from ..errors import TemporarilyUnavailable
from ..models import RevokedToken, Session
from ..storage import issuers, place
from ..storage.contention import insist

KEEP = 86_400 * SECOND
"""Microseconds for which a thing outlives its end, so that no clock and no slow request can miss it."""
BATCH = 500
A_LITTLE = 5


def purge(batch: int = BATCH, done: Callable[[int], None] = lambda rows: None) -> int:
    """Delete all that is over, in batches of `batch` rows, each its own short transaction; returns how many rows.

    `done` is told the size of each batch. Safe to stop at any moment, and safe to run twice at once.
    """
    now, total = issuers.now(), 0
    for rows in (_sessions(now), _revocations(now)):
        while deleted := _delete(rows, batch):
            total += deleted
            done(deleted)
    return total


def purge_a_little() -> int:
    """Delete a few rows that are over: after each login, so that the tables stay bounded without a cron job.

    Where others hold the rows it leaves them to the next login.
    """
    now = issuers.now()
    try:
        return _delete(_sessions(now), A_LITTLE) + _delete(_revocations(now), A_LITTLE)
    except TemporarilyUnavailable:
        return 0


def waiting() -> int:
    """How many rows are over and still there."""
    now = issuers.now()
    return int(_sessions(now).count() + _revocations(now).count())


def _sessions(now: int) -> Any:
    return Session.objects.using(place.alias()).filter(ends_at__lt=now - KEEP)


def _revocations(now: int) -> Any:
    return RevokedToken.objects.using(place.alias()).filter(forget_at__lt=now - KEEP)


def _delete(rows: Any, most: int) -> int:
    names = list(rows.values_list("pk", flat=True)[:most])
    if not names:
        return 0
    chosen = rows.model.objects.using(place.alias()).filter(pk__in=names)
    return int(insist(lambda: chosen.delete()[0]))
