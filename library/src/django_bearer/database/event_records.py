"""The table of security events: no refusal undoes what is written, no fault in writing hurts, and all is forgotten.

The number of rows stays bounded whatever the load. What anybody can cause at will is counted in at most `SHARES` rows
a kind and hour. What a user can cause is counted in as many for that user, of rare kinds too.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.db import Error as DatabaseError
from django.db import transaction
from django.db.models import F, QuerySet

from .. import conf
from ..errors import BearerError
from ..events import HOURLY, LOG_ONLY, SecurityEvent
from ..keys.encryption import derive
from ..models import SecurityEventRecord
from ..primitives import clock
from ..primitives.clock import SECOND
from . import aliases
from .conflicts import retry_on_conflict
from .durable_writes import once_committed, write_after_commit
from .model_listeners import are_only_ours

SHARES = 64
"""Into how many rows the addresses of one kind and hour are divided, by a keyed hash."""
HOUR = 3600 * SECOND
OF_ONE_USER = 64
"""Rows of one rare kind that one user's own doing makes in an hour; what is more is counted in one row."""
COARSE_AFTER = 30 * 86_400 * SECOND
"""Microseconds after which an address is cut down to its network."""
_kept: ContextVar[SecurityEvent | None] = ContextVar("django_bearer_kept_event", default=None)
logger = logging.getLogger("django_bearer.security")


def keep(event: SecurityEvent) -> None:
    """Keep an event that is worth a row. Never raises: the log line has been written already.

    Inside a view's transaction it is written once that is over, whatever became of it; inside any other, once that
    has been committed, since what is rolled back did not happen.
    """
    if event.kind in LOG_ONLY or _kept.get() is event:
        return
    if write_after_commit(lambda: _keep(event)):
        return
    once_committed(lambda: _keep(event))


def _keep(event: SecurityEvent) -> None:
    try:
        if _is_counted(event):
            retry_on_conflict(lambda: _count(event))
        else:
            retry_on_conflict(lambda: _insert(event))
    except (DatabaseError, BearerError) as error:
        logger.error("the event %s was not kept: %s", event.kind.value, type(error).__name__)


@contextmanager
def kept(event: SecurityEvent) -> Iterator[None]:
    """Within it, this event is not kept once more: its row was written with something else."""
    token = _kept.set(event)
    try:
        yield
    finally:
        _kept.reset(token)


def keep_within(event: SecurityEvent) -> None:
    """Keep an event as part of the transaction that is open, and raise what goes wrong there."""
    if event.kind in LOG_ONLY:
        return
    if _is_counted(event):
        _count(event)
    else:
        _row(event, event.details).save(using=aliases.sessions_alias(), force_insert=True)


def new_row(event: SecurityEvent) -> SecurityEventRecord | None:
    """The row that keeps an event by itself, to be inserted with something else; None where it is kept otherwise."""
    if event.kind in LOG_ONLY or not are_only_ours(SecurityEventRecord) or _is_counted(event):
        return None
    return _row(event, event.details)


def _is_counted(event: SecurityEvent) -> bool:
    """Whether it adds to the count of a row rather than making one of its own."""
    return event.kind in HOURLY or _is_too_often(event)


def _is_too_often(event: SecurityEvent) -> bool:
    """Whether a user has caused so many of a rare kind in this hour that they are counted from now on."""
    if not event.user_id or not _often.adds(f"{event.kind.value}|{event.at // HOUR}|{event.user_id}"):
        return False
    alike = rows_kept().filter(kind=event.kind.value, user_id=event.user_id[:255], slot__isnull=True)
    return alike.filter(last_at__gte=event.at // HOUR * HOUR).count() >= OF_ONE_USER


class _Often:
    """What this process has seen of late, so that the table is asked only about who comes often."""

    SEVERAL, MOST = 8, 1024

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, int] = OrderedDict()

    def adds(self, name: str) -> bool:
        """Count one of `name`; whether it is one of several."""
        with self._lock:
            self._seen[name] = self._seen.get(name, 0) + 1
            self._seen.move_to_end(name)
            if len(self._seen) > self.MOST:
                self._seen.popitem(last=False)
            return self._seen[name] > self.SEVERAL

    def forget(self) -> None:
        """Begin anew. For tests."""
        with self._lock:
            self._seen.clear()


_often = _Often()


def _insert(event: SecurityEvent) -> None:
    with transaction.atomic(using=aliases.sessions_alias()):  # a failure here must not break a transaction around it
        _row(event, event.details).save(using=aliases.sessions_alias(), force_insert=True)


def _count(event: SecurityEvent) -> None:
    event = event if event.kind in HOURLY else replace(event, address="")
    slot = _slot(event)
    with transaction.atomic(using=aliases.sessions_alias()):
        rows = rows_kept().filter(slot=slot)
        if not _one_more(rows, event):
            # With a count of 0, so that the loser of a race to insert it only has to count.
            row = _row(replace(event, session_id="", client_id=""), {}, slot=slot, count=0)
            SecurityEventRecord.objects.using(aliases.sessions_alias()).bulk_create([row], ignore_conflicts=True)
            _one_more(rows, event)


def _one_more(rows: QuerySet[SecurityEventRecord], event: SecurityEvent) -> int:
    """Count it, and with it those that sampling left out before it."""
    return rows.update(count=F("count") + 1 + int(event.details.get("left_out", 0)), last_at=event.at)


def _row(event: SecurityEvent, details: Any, **columns: Any) -> SecurityEventRecord:
    return SecurityEventRecord(
        kind=event.kind.value,
        first_at=event.at,
        last_at=event.at,
        user_id=event.user_id[:255],
        session_id=event.session_id[:36],
        client_id=event.client_id[:100],
        address=event.address[:50],
        coarse=not event.address,
        details=dict(details),
        **columns,
    )


def _slot(event: SecurityEvent) -> bytes:
    key = _slot_key(conf.current().key_encryption_keys[0])
    share = hmac.digest(key, event.address.encode(), hashlib.sha256)[0] % SHARES
    return hashlib.sha256(f"{event.kind.value}|{event.at // HOUR}|{share}|{event.user_id}".encode()).digest()


@lru_cache(maxsize=8)
def _slot_key(secret: bytes) -> bytes:
    return derive(secret, "event-slot")


def rows_kept() -> QuerySet[SecurityEventRecord]:
    """All rows, in the database they are written to."""
    return SecurityEventRecord.objects.using(aliases.sessions_alias()).all()


def over(now: int) -> QuerySet[SecurityEventRecord]:
    """The rows that are older than `BEARER["EVENT_RETENTION"]`."""
    return rows_kept().filter(last_at__lt=now - conf.current().event_retention * SECOND)


def too_exact(now: int) -> QuerySet[SecurityEventRecord]:
    """The rows whose address is to be cut down by now."""
    return rows_kept().filter(coarse=False, last_at__lt=now - COARSE_AFTER)


def make_coarse(now: int, most: int) -> int:
    """Cut down the addresses of at most `most` rows; returns of how many."""
    found = list(too_exact(now)[:most])
    for row in found:
        row.address, row.coarse = network(row.address), True
    retry_on_conflict(lambda: rows_kept().bulk_update(found, ["address", "coarse"]))
    return len(found)


def network(address: str) -> str:
    """An address or network, cut down to its /24 (IPv4) or /48 (IPv6); any other text as it is."""
    try:
        found = ipaddress.ip_network(address, strict=False)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found.network_address, 24 if found.version == 4 else 48), strict=False))


def exported(rows: QuerySet[SecurityEventRecord]) -> Iterator[dict[str, Any]]:
    """The rows as plain values, oldest first, read a few at a time."""
    for row in rows.order_by("first_at", "pk").iterator(chunk_size=500):
        yield {
            "kind": row.kind,
            "first_at": row.first_at,
            "first_at_iso": clock.iso(row.first_at),
            "last_at": row.last_at,
            "last_at_iso": clock.iso(row.last_at),
            "count": row.count,
            "user": row.user_id,
            "session": row.session_id,
            "client": row.client_id,
            "address": row.address,
            "details": row.details,
        }


def erase_user(user_id: str) -> int:
    """Take everything about the person out of a user's rows; what happened, and when, stays. Returns how many."""
    rows = rows_kept().filter(user_id=user_id)
    return retry_on_conflict(lambda: rows.update(user_id="", session_id="", address="", details={}))
