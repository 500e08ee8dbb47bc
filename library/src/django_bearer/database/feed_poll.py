"""One poll of the revocation feed: read what was committed since, then give numbers to what has none.

A number is given to a committed row only, under a lock that is held until the numbers are committed. So whoever sees
a number sees every smaller one, and no transaction that commits late can slip under a number that was read already.
A row without a number is read, too: a process that was stopped while it holds the lock delays nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.expressions import RawSQL

from ..models import Issuer, Session
from . import aliases
from .database_time import sql as now_sql
from .feed_state import FeedState, Fresh, IssuerNow
from .feed_triggers import COUNTER, ENTRIES

KEPT = 86_400_000_000
"""Microseconds for which a numbered entry stays in the table, far more than a process needs to know it."""
AT_ONCE = 1_000
"""Rows that are numbered, or deleted, in one transaction."""
PAGE = 5_000
"""Rows that are read at once where many may wait, so that they need little memory."""


class FeedLost(Exception):
    """The entry that was read last is gone: the table was restored, emptied, or purged while this process slept."""


class FromReplica(Exception):
    """What was read may lag behind: the server is a replica, or was made read-only while another one takes over."""

    def __init__(self) -> None:
        super().__init__("the database is a replica or read-only, so it may not know yet what was revoked")


_IS_REPLICA = {
    "postgresql": "pg_is_in_recovery()",
    "mysql": (
        "(CAST(@@global.read_only AS CHAR) NOT IN ('0', 'OFF')"
        " OR CAST(@@global.innodb_read_only AS CHAR) NOT IN ('0', 'OFF'))"
    ),
    "sqlite": "0",
}
"""Asked in the very statement that reads: a program between may send each one to another server."""


def poll(using: str, state: FeedState, started: float) -> bool:
    """Learn all that was committed before now; `started` was read before. Returns whether numbers are to be given.

    One statement reads numbered and unnumbered rows alike, so that no row can go from one kind to the other between
    two reads. Raises `FeedLost`, and Django's database errors; `state` is then not complete and grows no fresher.
    """
    number, numbered_at = state.mark
    connection = aliases.connection(using)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT number, numbered_at, kind, name, NULL, NULL FROM {ENTRIES} WHERE number >= %s OR number IS NULL"  # noqa: S608
            f" UNION ALL SELECT NULL, NULL, '', '', {now_sql(connection.vendor)}, {_IS_REPLICA[connection.vendor]}",
            [number],
        )
        found = cursor.fetchall()
    [(now, is_replica)] = [row[4:] for row in found if row[4] is not None]
    if is_replica:
        raise FromReplica
    rows = [row[:4] for row in found if row[4] is None]
    if connection.vendor == "mysql" and _is_emptied(using, state):
        state.ask_all(started)
    if number and (number, numbered_at) not in {(row[0], row[1]) for row in rows if row[0] == number}:
        raise FeedLost
    news = [row for row in rows if row[0] is None or row[0] > number]
    for _, _, kind, name in news:
        state.add(str(kind), str(name), started)
    _read_issuers(using, state, [str(row[3]) for row in news if row[2] == "issuer"])
    numbered = [(int(row[0]), int(row[1])) for row in news if row[0] is not None]
    state.mark = max(numbered, default=state.mark)
    state.complete(Fresh(started, int(now)))
    return any(row[0] is None for row in news)


def _is_emptied(using: str, state: FeedState) -> bool:
    """Whether a table has lost its last row since the last poll: on MariaDB and MySQL `TRUNCATE` runs no trigger."""
    connection = aliases.connection(using)
    tables = [connection.ops.quote_name(model._meta.db_table) for model in (get_user_model(), Session, Issuer)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS(SELECT 1 FROM {table})" for table in tables))  # noqa: S608
        filled = tuple(map(bool, cursor.fetchone()))
    before, state.filled = state.filled, filled
    return any(was and not now for was, now in zip(before, filled, strict=False))


def load(using: str, state: FeedState, started: float) -> None:
    """Read what is numbered, a page at a time, and the state of every issuer; a `poll` then completes it.

    Every smaller number is visible beside one that is, so a page misses nothing. Issuers are read after the pages,
    so what a page says of an issuer is in that reading.
    """
    connection, full = aliases.connection(using), True
    while full:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT number, numbered_at, kind, name FROM {ENTRIES} WHERE number > %s"  # noqa: S608
                f" ORDER BY number LIMIT {PAGE}",
                [state.mark[0]],
            )
            rows = cursor.fetchall()
        for number, numbered_at, kind, name in rows:
            state.add(str(kind), str(name), started)
            state.mark = (int(number), int(numbered_at))
        full = len(rows) == PAGE
    found: dict[str, IssuerNow] = {}
    _keep_issuers(found, _issuers(using))
    state.issuers = found


def _read_issuers(using: str, state: FeedState, names: Sequence[str]) -> None:
    """The state of issuers that changed. It is read after their entries, so it is as new or newer."""
    for name in names:
        found = _issuers(using).filter(name=name).first()
        if found is None:
            state.issuers.pop(name, None)  # an issuer that is not known is asked for in the database
        else:
            _keep_issuers(state.issuers, [found])


def _issuers(using: str) -> Any:
    of_replica = RawSQL(_IS_REPLICA[aliases.connection(using).vendor], [])  # noqa: S611 - our own text
    return Issuer.objects.using(using).annotate(of_replica=of_replica)


def _keep_issuers(issuers: dict[str, IssuerNow], rows: Any) -> None:
    for row in rows:
        if row.of_replica:
            raise FromReplica
        issuers[row.name] = IssuerNow(row.ring_version, row.epoch)


def note_triggers(using: str, now: object) -> None:
    """Where these triggers are not those that were seen last, by whatever process, everybody is to be asked for.

    What changed while one was missing has no entry, and a process that begins later could not know of it.
    """
    name = hashlib.sha256(repr(sorted(now) if isinstance(now, frozenset) else now).encode()).hexdigest()
    with transaction.atomic(using=using), aliases.connection(using).cursor() as cursor:
        cursor.execute(f"UPDATE {COUNTER} SET triggers = %s WHERE id = 1 AND triggers <> %s", [name, name])  # noqa: S608
        if cursor.rowcount:
            cursor.execute(f"INSERT INTO {ENTRIES} (kind, name) VALUES ('all', '')")  # noqa: S608


def give_numbers(using: str) -> int:
    """Number committed entries that have no number, unless another process is at it. Returns how many."""
    connection = aliases.connection(using)
    lock = "" if connection.vendor == "sqlite" else " FOR UPDATE SKIP LOCKED"
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # the first write takes the one lock there is
            cursor.execute(f"UPDATE {COUNTER} SET last = last WHERE id = 1")  # noqa: S608 - our own names
        cursor.execute(f"SELECT last FROM {COUNTER} WHERE id = 1{lock}")  # noqa: S608
        row = cursor.fetchone()
        if row is None:
            return 0
        cursor.execute(f"SELECT id FROM {ENTRIES} WHERE number IS NULL ORDER BY id LIMIT {AT_ONCE}")  # noqa: S608
        ids = [found[0] for found in cursor.fetchall()]
        if ids:
            numbers = dict(zip(ids, range(int(row[0]) + 1, int(row[0]) + 1 + len(ids)), strict=True))
            cursor.execute(_numbering(numbers, now_sql(connection.vendor)))
            cursor.execute(f"UPDATE {COUNTER} SET last = %s WHERE id = 1", [max(numbers.values())])  # noqa: S608
        return len(ids)


def _numbering(numbers: Mapping[int, int], now: str) -> str:
    """One statement for all: one for each row would take longer than a poll may."""
    cases = " ".join(f"WHEN {int(entry)} THEN {int(number)}" for entry, number in numbers.items())
    ids = ", ".join(str(int(entry)) for entry in numbers)
    return f"UPDATE {ENTRIES} SET number = CASE id {cases} END, numbered_at = {now} WHERE id IN ({ids})"  # noqa: S608


def purge(using: str, now: int) -> int:
    """Delete numbered entries that are a day old, the newest excepted. `now` is the database's time."""
    connection = aliases.connection(using)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last FROM {COUNTER} WHERE id = 1")  # noqa: S608 - our own names
        last = int(cursor.fetchone()[0])
        cursor.execute(
            f"SELECT id FROM {ENTRIES} WHERE number < %s AND numbered_at < %s LIMIT {AT_ONCE}",  # noqa: S608
            [last, now - KEPT],
        )
        ids = [int(row[0]) for row in cursor.fetchall()]
        if ids:
            cursor.execute(f"DELETE FROM {ENTRIES} WHERE id IN ({', '.join(map(str, ids))})")  # noqa: S608
        return len(ids)
