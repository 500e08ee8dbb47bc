"""Taking attempts back out of the counters after a success: in one statement, atomic beside other writers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import aliases
from .durable_writes import write_after_commit
from .independent_writes import write_independently
from .rate_limit_counters import Window, slots_of

Corrections = Mapping[int, int | None]
"""By slot, the slot whose count is taken out of it, where its own number means that it is emptied. None: one attempt
is taken out of it."""
_NO_SLOT = -1


def take_back(part: Sequence[Window], whole: Sequence[Window], once: Iterable[Window] = ()) -> None:
    """Make the corrections of `taking_back`, on their own."""
    correct(taking_back(part, whole, once))


def uncount(windows: Iterable[Window]) -> None:
    """Take one attempt back out of each of these windows."""
    correct(uncounting(windows))


def clear(windows: Iterable[Window]) -> None:
    """Forget what was counted in these windows."""
    correct({slot: slot for slot in slots_of(windows).values()})


def taking_back(part: Sequence[Window], whole: Sequence[Window], once: Iterable[Window] = ()) -> Corrections:
    """Empty the windows of `part`, take what was counted there out of those of `whole`, which counted it too, and one
    attempt out of each window of `once`. Where part and whole are the same, it is emptied."""
    slots = slots_of([*part, *whole, *once])
    found: dict[int, int | None] = {slots[one]: slots[one] for one in part}
    for one, other in zip(part, whole, strict=True):
        found.setdefault(slots[other], slots[one])
    for one in once:
        found.setdefault(slots[one], None)
    return found


def uncounting(windows: Iterable[Window]) -> Corrections:
    """Take one attempt back out of each of these windows."""
    return dict.fromkeys(slots_of(windows).values())


def correct(corrections: Corrections) -> None:
    """Make these corrections; they are committed when this returns, inside a caller's transaction too.

    Raises `RateLimitUnavailable` where that cannot be done.
    """

    def work(cursor: Any) -> None:
        correct_with(cursor, corrections)
        if cursor.db.in_atomic_block:
            write_after_commit(lambda: write_independently(work))  # what is then counted again

    write_independently(work)


def correct_with(cursor: Any, corrections: Corrections) -> None:
    """The same through this cursor, as part of its transaction: one statement.

    All rows are locked first, in the order in which everybody locks them. Two that read the same count at once would
    both take it out of the whole, and with it what others counted. No count falls below nothing.
    """
    if not corrections:
        return
    connection = cursor.db
    if connection.vendor == "mysql":
        wanted = sorted(corrections)
        given = {"slots": ", ".join(map(str, wanted)), "pairs": _cases(corrections, wanted)}
        cursor.execute(_MYSQL.format(**_names(connection), **given))
    else:
        statement = f"WITH {', '.join(read_parts(connection, len(corrections)))} {update(connection)}"
        cursor.execute(statement, parameters(corrections))


def read_parts(connection: Any, count: int) -> tuple[str, str]:
    """The parts that a statement for so many corrections begins with, on PostgreSQL and SQLite."""
    slots = ", ".join(["%s"] * count)
    rows = ", ".join(["(CAST(%s AS bigint), CAST(%s AS bigint), CAST(%s AS bigint))"] * count)
    held = _HELD.format(**_names(connection), slots=slots)
    return f"held AS ({held})", f"wanted(slot, part, one) AS (VALUES {rows})"


def update(connection: Any, condition: str = "") -> str:
    """What follows these parts; `condition` is one more."""
    return _UPDATE.format(**_names(connection)) + (f" AND {condition}" if condition else "")


def parameters(corrections: Corrections) -> list[int]:
    """The values of these parts: the slots, then rows of a slot, what is taken out of it, and how many else."""
    wanted = sorted(corrections)
    rows = ((slot, _part(corrections[slot]), int(corrections[slot] is None)) for slot in wanted)
    return [*wanted, *(number for row in rows for number in row)]


def _names(connection: Any) -> dict[str, str]:
    quote = connection.ops.quote_name
    names = {name: quote(name) for name in ("slot", "count", "previous")}
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    return {**names, "table": quote(aliases.COUNTERS), "lock": lock}


_LESS = "CASE WHEN c.{column} > COALESCE(h.{column}, {one}) THEN c.{column} - COALESCE(h.{column}, {one}) ELSE 0 END"
_HELD = "SELECT {slot}, {count}, {previous} FROM {table} WHERE {slot} IN ({slots}) ORDER BY {slot} {lock}"
_UPDATE = (
    "UPDATE {table} AS c SET"  # noqa: S608 - our own names
    f" {{count}} = {_LESS.format(column='{count}', one='w.one')},"
    f" {{previous}} = {_LESS.format(column='{previous}', one='0')}"
    " FROM wanted AS w LEFT JOIN held AS h ON h.{slot} = w.part WHERE c.{slot} = w.slot"
)
_MYSQL = (
    # Its limit keeps MySQL from merging the inner query into the update, which may not read the table it writes.
    f"UPDATE {{table}} AS c LEFT JOIN ({_HELD.replace('{lock}', 'LIMIT 1000 {lock}')}) AS h"  # noqa: S608
    " ON h.{slot} = CASE c.{slot} {pairs} END SET"
    f" c.{{count}} = {_LESS.format(column='{count}', one='CASE c.{slot} {pairs} END = -1')},"
    f" c.{{previous}} = {_LESS.format(column='{previous}', one='0')}"
    " WHERE c.{slot} IN ({slots})"
)


def _cases(corrections: Corrections, wanted: Sequence[int]) -> str:
    """The slot that is taken out of each, as the branches of a CASE."""
    return " ".join(f"WHEN {slot} THEN {_part(corrections[slot])}" for slot in wanted)


def _part(slot: int | None) -> int:
    return _NO_SLOT if slot is None else slot
