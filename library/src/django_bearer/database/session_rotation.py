"""The compare-and-swap of a refresh: the successor becomes the current token if its predecessor still is.

The statement is built once, since the ORM takes longer to build it than the database to run it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models import Session
from . import aliases, prepared_reads
from .session_read import SessionRow

COLUMNS = (
    *("key_id", "generation", "current_digest", "salt", "rotated_at"),
    *("retry_digest", "context_digest", "idle_ends_at", "context"),
)
"""What a rotation changes."""
STEP_UP_COLUMNS = (*COLUMNS, "authenticated_at", "amr", "acr")
"""What a step-up changes."""


def rotate_row(row: SessionRow, successor: Mapping[str, Any], columns: tuple[str, ...] = COLUMNS) -> bool:
    """Write the successor's columns over the row; False when it is no longer as it was read, or has ended.

    `columns` is `COLUMNS`, or `STEP_UP_COLUMNS` for a step-up.
    """
    connection = aliases.connection(aliases.sessions_alias())
    session_id = Session._meta.pk.get_db_prep_value(row.id, connection)
    predecessor = [session_id, row.generation, row.current_digest, row.now, row.now]
    values = [*(successor[column] for column in columns), *predecessor]
    statement = _sql(connection.vendor, connection.ops.quote_name, columns)
    if connection.vendor == "postgresql":
        return len(prepared_reads.every(connection, statement, values)) == 1
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return bool(cursor.rowcount == 1)


_statements: dict[tuple[str, tuple[str, ...]], str] = {}


def _sql(vendor: str, quote: Any, columns: tuple[str, ...]) -> str:
    found = _statements.get((vendor, columns))
    if found is None:
        changes = ", ".join(f"{quote(column)} = %s" for column in columns)
        found = _statements[vendor, columns] = (
            f"UPDATE {quote(Session._meta.db_table)} SET {changes}"  # noqa: S608 - our own names
            f" WHERE {quote('id')} = %s AND {quote('generation')} = %s AND {quote('current_digest')} = %s"
            f" AND {quote('revoked_at')} IS NULL AND {quote('idle_ends_at')} > %s AND {quote('ends_at')} > %s"
            f"{' RETURNING 1' if vendor == 'postgresql' else ''}"
        )
    return found
