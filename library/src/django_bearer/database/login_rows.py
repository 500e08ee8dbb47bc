"""What a login writes, by statements that are made once: one statement on PostgreSQL, one transaction elsewhere.

Each part is written only where the one before it was: no session for a user who is gone, no event without a session.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from django.db import transaction

from ..models import SecurityEventRecord, Session
from . import aliases, new_rows, prepared_reads, rate_limit_corrections
from .rate_limit_corrections import Corrections


class UserGone(Exception):
    """There is no row of the user any more."""


class Column(NamedTuple):
    """One column of one row that is set: of the user who logs in."""

    table: str
    column: str
    value: Any
    key_column: str
    key: Any


def store(session: Session, noted: Column | None, corrections: Corrections, event: Any) -> None:
    """Store a session, and with it what is `noted` of its user, corrections of counters, and an event's row or None.

    Raises `UserGone`, and what the database raises; nothing is written then.
    """
    using = aliases.sessions_alias()
    connection = aliases.connection(using)
    if connection.vendor == "postgresql":
        statement = _joined(connection, noted, len(corrections), event is not None)
        given = [*_of_user(noted), *new_rows.values(session, connection)]
        given += rate_limit_corrections.parameters(corrections)
        given += () if event is None else new_rows.values(event, connection)
        with transaction.atomic(using=using) if connection.in_atomic_block else nullcontext():
            if not prepared_reads.every(connection, statement, given):
                raise UserGone
    else:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            _one_by_one(cursor, session, noted, corrections, event)
    new_rows.note_stored(session, using)


def _one_by_one(cursor: Any, session: Any, noted: Column | None, corrections: Corrections, event: Any) -> None:
    quote = cursor.db.ops.quote_name
    if noted is not None:
        cursor.execute(_update(noted, quote), _of_user(noted))
        if cursor.rowcount != 1:
            raise UserGone
    cursor.execute(new_rows.insert(Session, quote), new_rows.values(session, cursor.db))
    rate_limit_corrections.correct_with(cursor, corrections)
    if event is not None:
        cursor.execute(new_rows.insert(SecurityEventRecord, quote), new_rows.values(event, cursor.db))


def _of_user(noted: Column | None) -> Sequence[Any]:
    return () if noted is None else (noted.value, noted.key)


def _update(noted: Column, quote: Any) -> str:
    return (
        f"UPDATE {quote(noted.table)} SET {quote(noted.column)} = %s"  # noqa: S608 - names of the user model
        f" WHERE {quote(noted.key_column)} = %s"
    )


_statements: dict[tuple[Any, ...], str] = {}


def _joined(connection: Any, noted: Column | None, corrections: int, event: bool) -> str:
    shape = (noted and (noted.table, noted.column, noted.key_column), corrections, event)
    found = _statements.get(shape)
    if found is None:
        parts = ", ".join(_parts(connection, noted, corrections, event))
        found = _statements[shape] = f"WITH {parts} SELECT 1 FROM stored"  # noqa: S608
    return found


def _parts(connection: Any, noted: Column | None, corrections: int, event: bool) -> Iterator[str]:
    quote = connection.ops.quote_name
    if noted is not None:
        yield f"login AS ({_update(noted, quote)} RETURNING 1)"
    yield f"stored AS ({new_rows.insert(Session, quote, '' if noted is None else 'login')} RETURNING 1)"
    if corrections:
        yield from rate_limit_corrections.read_parts(connection, corrections)
        condition = "EXISTS (SELECT 1 FROM stored)"
        yield f"corrected AS ({rate_limit_corrections.update(connection, condition)})"
    if event:
        yield f"kept AS ({new_rows.insert(SecurityEventRecord, quote, 'stored')})"
