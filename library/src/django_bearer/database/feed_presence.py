"""Whether the triggers of the revocation feed are there, and whether they are still the same ones."""

from __future__ import annotations

from . import aliases
from .feed_triggers import watches

_TRIGGERS = {
    "postgresql": (
        "SELECT t.tgname, c.relname, t.tgenabled, t.oid, t.xmin"
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname LIKE 'bearer\\_feed\\_%' AND pg_table_is_visible(c.oid)"
    ),
    "mysql": (
        "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, 'A', CREATED, '' FROM information_schema.TRIGGERS"
        " WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME LIKE 'bearer\\_feed\\_%'"
    ),
    "sqlite": (
        "SELECT name, tbl_name, 'A', '', '' FROM sqlite_master"
        " WHERE type = 'trigger' AND name LIKE 'bearer\\_feed\\_%' ESCAPE '\\'"
    ),
}
Found = frozenset[tuple[str, str, str, str, str]]
"""Name, table, whether it is on ('A'), and two values that change when it is made anew or switched off and on."""


def found(using: str) -> Found:
    """The triggers of the feed that there are."""
    connection = aliases.connection(using)
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        return frozenset(tuple(map(_text, row)) for row in cursor.fetchall())  # type: ignore[misc]


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def mark(using: str) -> object:
    """A value that changes whenever a trigger is made anew, dropped, or switched off and on again.

    SQLite counts the changes of its schema, which costs nothing to ask.
    """
    connection = aliases.connection(using)
    if connection.vendor != "sqlite":
        return found(using)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA schema_version")
        return cursor.fetchone()[0]


def missing(using: str) -> list[str]:
    """The triggers of now that are not there or switched off: without one of them a change could go unseen."""
    there = {(name, table) for name, table, state, *_ in found(using) if state == "A"}
    return sorted(
        f"{watch.trigger()} on {watch.table}"
        for watch in watches(using)
        if (watch.trigger(), watch.table) not in there
    )
