"""Counters over the database: sliding windows, counted atomically, in a fixed number of rows.

Several windows of several buckets are counted in one statement, sorted by slot, so that concurrent attempts neither
slip by nor deadlock.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.db import transaction

from .. import conf
from ..keys.encryption import derive
from ..primitives import clock
from ..primitives.clock import SECOND
from . import aliases, prepared_reads
from .database_time import sql
from .durable_writes import write_after_commit
from .independent_writes import write_independently

ROW_SPACE = 2**22
"""Slots there can ever be. What is counted is hashed into them under a key, so nobody can aim at another's."""


@dataclass(frozen=True, slots=True)
class Window:
    """A limit on one counted thing: at most `amount` in `seconds`."""

    key: str = field(repr=False)
    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Level:
    """How full a window is. `wait` is the seconds until one more attempt would fit, 0 when it fits now.

    `counted` says whether the attempt was written, as those are which pass the read together with others.
    """

    window: Window
    used: int
    wait: int
    counted: bool = False


Row = tuple[int, int, int]
"""Period, count in it, count in the one before."""


def hit(windows: Sequence[Window]) -> list[Level]:
    """Count one attempt in each window, and say how full each was *before* it.

    A level whose `wait` is not 0 was already full: its attempt must be refused. An attempt that finds a window full
    is read and not written, so a flood of attempts costs no write and cannot prolong the wait; those who
    pass the read together are told apart by the atomic count. A read may refuse; only the count admits.

    It is committed when this returns, inside a caller's transaction too. Raises `RateLimitUnavailable` where that
    cannot be done.
    """
    return write_independently(lambda cursor: _hit(cursor, windows))


def _hit(cursor: Any, windows: Sequence[Window]) -> list[Level]:
    slots = slots_of(windows)
    timestamp, rows = _read(cursor, slots.values())
    levels = [level(window, rows.get(slots[window]), timestamp) for window in windows]
    if any(one.wait for one in levels):
        return levels
    periods = {slots[window]: timestamp // (window.seconds * SECOND) for window in windows}
    counted = _add(cursor, periods)
    if cursor.db.in_atomic_block:  # not beside the caller's transaction but in it
        write_after_commit(lambda: write_independently(lambda again: _count_again(again, counted)))
    return [replace(level(window, _before(counted[slots[window]]), timestamp), counted=True) for window in windows]


def _count_again(cursor: Any, counted: Mapping[int, Row]) -> None:
    """Count what was counted in place, in a transaction that has been rolled back since."""
    _, rows = _read(cursor, counted)
    undone = {slot: row[0] for slot, row in counted.items() if rows.get(slot, (0, 0, 0))[:2] < row[:2]}
    if undone:
        _add(cursor, undone)


def slots_of(windows: Iterable[Window]) -> dict[Window, int]:
    """The row of each window."""
    key = _hash_key(conf.current().key_encryption_keys[0])
    return {window: _slot(key, window) for window in windows}


@lru_cache(maxsize=8)
def _hash_key(secret: bytes) -> bytes:
    return derive(secret, "throttle")


def _slot(key: bytes, window: Window) -> int:
    return int.from_bytes(_name(key, window)[:8]) % ROW_SPACE


def name(window: Window) -> bytes:
    """The keyed hash that a window is known by: addresses and account names are nobody's to read."""
    return _name(_hash_key(conf.current().key_encryption_keys[0]), window)


def _name(key: bytes, window: Window) -> bytes:
    return hmac.digest(key, f"{window.seconds}:{window.key}".encode(), "sha256")


def level(window: Window, row: Row | None, timestamp: int) -> Level:
    """How full a window is: its count, and of the one before the part that still reaches into now."""
    length = window.seconds * SECOND
    period, current, previous = row or (0, 0, 0)
    behind = timestamp // length - period
    if behind == 1:
        current, previous = 0, current
    elif behind not in (0, -1):
        current, previous = 0, 0
    left = length - timestamp % length
    used = current + -(-previous * left // length)
    full = used + 1 > window.amount
    return Level(window, used, -(-_wait(window, current, previous, left) // SECOND) if full else 0)


def _wait(window: Window, current: int, previous: int, left: int) -> int:
    """Microseconds until one more attempt fits, for `Retry-After` (RFC 9110 section 10.2.3).

    Whole numbers throughout, so that who waits as long as told is not told to wait again.
    """
    length, left_over = window.seconds * SECOND, window.amount - 1 - current
    if left_over >= 0:
        return max(left - left_over * length // previous, 1)
    return left + length - (window.amount - 1) * length // current


def _before(row: Row) -> Row:
    period, current, previous = row
    return period, current - 1, previous


def look(slots: Iterable[int]) -> tuple[int, dict[int, Row]]:
    """The same as `_read`, of whatever the caller can see: for people to look at, and for no decision."""
    with aliases.connection(aliases.sessions_alias()).cursor() as cursor:
        return _read(cursor, slots)


@dataclass(frozen=True, slots=True)
class Filling:
    """How full a window is, for people to look at: `recent` of `level.used` were counted since `since`.

    `since` is a timestamp in microseconds since 1970, `wait_until` another, or 0 where one more attempt fits now.
    """

    level: Level
    recent: int
    since: int
    wait_until: int


def filling(window: Window, row: Row | None, timestamp: int) -> Filling:
    """How full a window is, and how much of that its current period has. Pure."""
    length = window.seconds * SECOND
    found, now = level(window, row, timestamp), timestamp // length
    recent = row[1] if row is not None and row[0] in (now, now + 1) else 0
    return Filling(found, recent, now * length, timestamp + found.wait * SECOND if found.wait else 0)


def fillings(windows: Sequence[Window]) -> list[Filling]:
    """How full each of these windows is. Nothing is counted."""
    slots = slots_of(windows)
    timestamp, rows = look(slots.values())
    return [filling(window, rows.get(slots[window]), timestamp) for window in windows]


def _read(cursor: Any, slots: Iterable[int]) -> tuple[int, dict[int, Row]]:
    """The database's time and the rows of these slots, in one statement."""
    wanted = sorted(set(slots)) or [-1]
    statement = _statement(_reading, cursor.db, len(wanted))
    found = prepared_reads.every(cursor.db, statement, wanted, cursor)
    rows = {slot: (period, current, previous) for _, slot, period, current, previous in found if slot is not None}
    return clock.seen(int(found[0][0])), rows


def _reading(vendor: str, quote: Any, count: int) -> str:
    columns = ", ".join(f"c.{quote(name)}" for name in ("slot", "period", "count", "previous"))
    return (
        f"SELECT {sql(vendor)}, {columns} FROM (SELECT 1 AS one) AS o"  # noqa: S608 - our own names
        f" LEFT JOIN {quote(aliases.COUNTERS)} c ON c.{quote('slot')} IN ({', '.join(['%s'] * count)})"
    )


_UPSERT = (
    "INSERT INTO {table} ({slot}, {period}, {count}, {previous}) VALUES {rows} {conflict}"
    " {previous} = CASE WHEN {old}.{period} - {new_period} IN (0, 1) THEN {old}.{previous}"
    " WHEN {old}.{period} = {new_period} - 1 THEN {old}.{count} ELSE 0 END,"
    " {count} = CASE WHEN {old}.{period} - {new_period} IN (0, 1) THEN {old}.{count} + 1 ELSE 1 END,"
    " {period} = CASE WHEN {old}.{period} - {new_period} IN (0, 1) THEN {old}.{period} ELSE {new_period} END"
)
"""Assignments stand in this order because MariaDB sees each one's result in the next.

One period ahead is a clock that lags. Further ahead is another window that shares the slot (minutes are larger
numbers than hours), or a clock that was wrong: kept, such a row would refuse its attempts for ever.
"""


def _adding(vendor: str, quote: Any, count: int) -> str:
    names: dict[str, Any] = {name: quote(name) for name in ("slot", "period", "count", "previous")}
    names["table"] = names["old"] = quote(aliases.COUNTERS)
    names["rows"] = ", ".join(["(%s, %s, 1, 0)"] * count)
    if vendor == "mysql":
        names.update(conflict="ON DUPLICATE KEY UPDATE", new_period=f"VALUES({names['period']})")
    else:
        names.update(
            conflict=f"ON CONFLICT ({names['slot']}) DO UPDATE SET", new_period=f"EXCLUDED.{names['period']}"
        )
    return _UPSERT.format(**names)


def _adding_and_returning(vendor: str, quote: Any, count: int) -> str:
    return f"{_adding(vendor, quote, count)} RETURNING {_columns(quote)}"


def _added(vendor: str, quote: Any, count: int) -> str:
    marks = ", ".join(["%s"] * count)
    return f"SELECT {_columns(quote)} FROM {quote(aliases.COUNTERS)} WHERE {quote('slot')} IN ({marks})"  # noqa: S608


def _columns(quote: Any) -> str:
    return ", ".join(map(quote, ("slot", "period", "count", "previous")))


_statements: dict[tuple[Any, str, int], str] = {}
"""By what is done, vendor, and how many rows: a statement's text is the longest part of making it."""


def _statement(build: Callable[[str, Any, int], str], connection: Any, count: int) -> str:
    name = (build, connection.vendor, count)
    found = _statements.get(name)
    if found is None:
        found = _statements[name] = build(connection.vendor, connection.ops.quote_name, count)
    return found


def _add(cursor: Any, periods: Mapping[int, int]) -> dict[int, Row]:
    """Count one in the period of each slot, all in one statement; the rows as they are then."""
    connection, count = cursor.db, len(periods)
    values = [number for pair in sorted(periods.items()) for number in pair]
    if connection.vendor != "mysql" or connection.mysql_is_mariadb:
        return _by_slot(
            prepared_reads.every(connection, _statement(_adding_and_returning, connection, count), values, cursor)
        )
    # MySQL returns nothing of what it wrote: the rows stay locked until they have been read.
    with _together(cursor):
        cursor.execute(_statement(_adding, connection, count), values)
        cursor.execute(_statement(_added, connection, count), sorted(periods))
        return _by_slot(cursor.fetchall())


def _together(cursor: Any) -> Any:
    """A transaction of these statements alone, unless one is open: an extra connection is always in one."""
    return transaction.atomic(using=cursor.db.alias) if cursor.db.get_autocommit() else nullcontext()


def _by_slot(rows: Iterable[Sequence[int]]) -> dict[int, Row]:
    return {slot: (period, current, previous) for slot, period, current, previous in rows}
