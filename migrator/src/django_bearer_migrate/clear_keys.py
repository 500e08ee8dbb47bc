"""Tokens that lie in clear in the old packages' tables, and what takes their place: a digest that nobody can send.

Rows stay. What the old version needs to know of a spent refresh token, its `jti`, stays, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connections, transaction

from . import old_tables

BATCH = 1_000
"""Rows that are written in one transaction."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with tokens in clear, its table's primary key, and the package that it is of."""

    source: str
    table: str
    primary_key: str
    name: str
    needs_entry_gone: bool = False
    """Whether the column is read to accept a token, so that nothing may be blanked while the package is accepted."""


COLUMNS = (
    Column("authtoken", "authtoken_token", "key", "key"),
    Column("simplejwt", old_tables.OUTSTANDING, "id", "token"),
    Column("dot", "oauth2_provider_accesstoken", "id", "token", needs_entry_gone=True),
    Column("dot", "oauth2_provider_refreshtoken", "id", "token", needs_entry_gone=True),
)


def present() -> list[Column]:
    """The columns that this database has."""
    connection = connections[old_tables.alias()]
    tables = set(connection.introspection.table_names())
    return [column for column in COLUMNS if column.table in tables]


def count(column: Column) -> int:
    """How many rows hold a token in clear."""
    connection = connections[old_tables.alias()]
    name = connection.ops.quote_name(column.name)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {column.table} WHERE {name} NOT LIKE %s", [_PATTERN])  # noqa: S608
        return int(cursor.fetchone()[0])


def blank(column: Column, batch: int = BATCH) -> Iterator[int]:
    """Put digests in the place of tokens, in short transactions. Yields how many so far; it can be run again."""
    connection = connections[old_tables.alias()]
    name, key = connection.ops.quote_name(column.name), connection.ops.quote_name(column.primary_key)
    read = f"SELECT {key}, {name} FROM {column.table} WHERE {name} NOT LIKE %s LIMIT %s"  # noqa: S608
    write = f"UPDATE {column.table} SET {name} = %s WHERE {key} = %s"  # noqa: S608
    done = 0
    while True:
        with transaction.atomic(using=old_tables.alias()), connection.cursor() as cursor:
            cursor.execute(read, [_PATTERN, batch])
            rows = cursor.fetchall()
            cursor.executemany(write, [(old_tables.blank(str(stored)), key) for key, stored in rows])
        if not rows:
            return
        done += len(rows)
        yield done


_PATTERN = f"{old_tables.BLANK}%"
