"""The end of one session and the row of its event, by statements that are made once: one statement on PostgreSQL."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from typing import Any

from django.db import transaction

from ..models import SecurityEventRecord, Session
from . import aliases, new_rows, prepared_reads


def end(session_id: uuid.UUID, at: int, cause: str, event: SecurityEventRecord) -> int:
    """End a session at `at` (microseconds since 1970), and keep the event where that changed anything.

    Returns how many sessions it ended. Raises what the database raises; nothing is written then.
    """
    using = aliases.sessions_alias()
    connection = aliases.connection(using)
    given = [at, cause, Session._meta.pk.get_db_prep_value(session_id, connection)]
    values = new_rows.values(event, connection)
    if connection.vendor == "postgresql":
        with transaction.atomic(using=using) if connection.in_atomic_block else nullcontext():
            return len(prepared_reads.every(connection, _joined(connection), [*given, *values]))
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(_update(connection), given)
        ended = int(cursor.rowcount)
        if ended:
            cursor.execute(new_rows.insert(SecurityEventRecord, connection.ops.quote_name), values)
        return ended


_joined_statement = ""


def _joined(connection: Any) -> str:
    global _joined_statement
    if not _joined_statement:
        insert = new_rows.insert(SecurityEventRecord, connection.ops.quote_name, "ended")
        _joined_statement = (
            f"WITH ended AS ({_update(connection)} RETURNING 1), kept AS ({insert}) SELECT 1 FROM ended"  # noqa: S608
        )
    return _joined_statement


def _update(connection: Any) -> str:
    quote = connection.ops.quote_name
    return (
        f"UPDATE {quote(Session._meta.db_table)}"  # noqa: S608 - our own names
        f" SET {quote('revoked_at')} = %s, {quote('revoked_cause')} = %s"
        f" WHERE {quote('id')} = %s AND {quote('revoked_at')} IS NULL"
    )
