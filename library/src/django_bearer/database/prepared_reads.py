"""A statement that many requests make, parsed and planned once a connection (psycopg 3); elsewhere, plainly executed.

psycopg's own prepared statements are numbered, and behind a pooler a number may come to mean another statement. Here
the name is made from the statement's text, so it can mean nothing else. Where it might not be there, where it could
break a caller's transaction, or where somebody listens to the queries, Django's cursor runs the statement as ever.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

try:
    from psycopg.generators import execute
    from psycopg.pq import DiagnosticField, ExecStatus, Format, TransactionStatus
except ImportError:  # another database, or psycopg 2
    execute = None

logger = logging.getLogger(__name__)

_EXISTS = b"42P05"
_LOST = frozenset({b"26000", b"0A000", b"42P18"})
"""A pooler gave us another connection, a column changed its type, the type of a mark could not be told."""
_STATE = "_django_bearer_kept"
_unsupported: set[str] = set()
"""Aliases on which a prepared statement failed once: this process asks there no more."""

Row = Sequence[Any]


def first(connection: Any, sql: str, parameters: Sequence[Any]) -> Row | None:
    """The first row of a read, or None. Prepared or not, the answer is the same.

    Parameters are UUIDs, texts, numbers and bytes, as the connection's own `get_db_prep_value` makes them.
    """
    state = _connection_state(connection) if _may_prepare(connection) else None
    if state is not None:
        result = _result(connection, state, sql, parameters)
        if result is not None:
            return state.row(sql, result, 0) if result.ntuples else None
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: Row | None = cursor.fetchone()
        return found


def every(connection: Any, sql: str, parameters: Sequence[Any], cursor: Any = None) -> Sequence[Row]:
    """All rows of a statement, which may write: what it wrote is committed then, unless a transaction is open.

    Where nothing can be prepared, `cursor` runs it, if there is one; it is a cursor of this connection. A prepared
    statement that failed has written nothing, so that it is run again plainly.
    """
    state = _connection_state(connection) if _may_prepare(connection) else None
    if state is not None:
        result = _result(connection, state, sql, parameters)
        if result is not None:
            return [state.row(sql, result, number) for number in range(result.ntuples)]
    with nullcontext(cursor) if cursor is not None else connection.cursor() as plain:
        plain.execute(sql, parameters)
        found: Sequence[Row] = plain.fetchall()
        return found


def _result(connection: Any, state: _ConnectionState, sql: str, parameters: Sequence[Any]) -> Any:
    """The rows of a prepared statement. None where it failed: the plain one answers, or says it as Django does."""
    with connection.wrap_database_errors:
        result = state.run(sql, parameters)
    if result.status == ExecStatus.TUPLES_OK:
        return result
    if _state(result) in _LOST:
        _unsupported.add(connection.alias)
        logger.info("no prepared statements on %s from now on", connection.alias)
    return None


def reset() -> None:
    """Prepare again on every alias. For tests."""
    _unsupported.clear()


@dataclass(frozen=True, slots=True)
class _ConnectionState:
    """What is known of one connection: the statements it has prepared, and how to read their columns.

    `cursor` is one of Django's; it is never executed, and says how each type is to be read.
    """

    raw: Any
    zone: Any
    cursor: Any
    readers: dict[str, list[Callable[[Any], Any]]] = field(default_factory=dict)

    def run(self, sql: str, parameters: Sequence[Any]) -> Any:
        """The result, good or bad."""
        name, numbered = _text(sql)
        pgconn = self.raw.pgconn
        if sql not in self.readers:
            made = self._exchange(pgconn.send_prepare, name, numbered)
            # One that exists was prepared on this connection before, and its name says that it is the same.
            if made.status != ExecStatus.COMMAND_OK and _state(made) != _EXISTS:
                return made
        values, formats = zip(*map(_encode, parameters), strict=True)
        result = self._exchange(pgconn.send_query_prepared, name, values, formats)
        if sql not in self.readers and result.status == ExecStatus.TUPLES_OK:
            self.readers[sql] = [self._reader(result.ftype(column)) for column in range(result.nfields)]
        return result

    def row(self, sql: str, result: Any, number: int) -> Row:
        """One row of a result, each column read as this connection reads its type."""
        readers = self.readers[sql]
        found = [result.get_value(number, column) for column in range(len(readers))]
        return [None if raw is None else read(raw) for raw, read in zip(found, readers, strict=True)]

    def _exchange(self, send: Callable[..., None], *what: Any) -> Any:
        """Send, and wait as psycopg waits: interruptible, and cooperative under gevent."""
        with self.raw.lock:
            send(*what)
            return self.raw.wait(execute(self.raw.pgconn))[0]

    def _reader(self, oid: int) -> Callable[[Any], Any]:
        loaders = self.cursor.adapters
        loader = loaders.get_loader(oid, Format.TEXT) or loaders.get_loader(0, Format.TEXT)
        read: Callable[[Any], Any] = loader(oid, self.cursor).load
        return read


def _state(result: Any) -> bytes | None:
    state: bytes | None = result.error_field(DiagnosticField.SQLSTATE)
    return state


@lru_cache
def _text(sql: str) -> tuple[bytes, bytes]:
    """The name of a statement and its text with numbered marks."""
    head, *parts = sql.replace("%%", "%").split("%s")
    numbered = head + "".join(f"${number}{part}" for number, part in enumerate(parts, 1))
    return b"django_bearer_" + hashlib.sha256(sql.encode()).hexdigest()[:24].encode(), numbered.encode()


def _encode(value: Any) -> tuple[bytes | None, int]:
    """A parameter as it travels, and whether that is its binary form."""
    if value is None:
        return None, 0
    if isinstance(value, bytes):
        return value, 1
    if isinstance(value, uuid.UUID):
        return value.bytes, 1
    return str(value).encode(), 0


def _connection_state(connection: Any) -> _ConnectionState | None:
    """What is known of this connection as it is now; None when it is in the middle of something."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    raw = connection.connection
    if not connection.autocommit or raw.pgconn.transaction_status != TransactionStatus.IDLE:
        return None
    state: _ConnectionState | None = getattr(connection, _STATE, None)
    if state is None or state.raw is not raw or state.zone != connection.timezone:
        state = _ConnectionState(raw, connection.timezone, connection.cursor().cursor)
        setattr(connection, _STATE, state)
    return state


def _may_prepare(connection: Any) -> bool:
    """Whether nothing speaks against it; Django's documented sign of a pooler is DISABLE_SERVER_SIDE_CURSORS."""
    return not (
        connection.vendor != "postgresql"
        or execute is None
        or connection.in_atomic_block
        or connection.execute_wrappers
        or connection.queries_logged
        or connection.allow_thread_sharing
        or getattr(connection.cursor, "__func__", None) is not type(connection).cursor  # a debugging tool's
        or not _makes_plain_cursors(type(connection))
        or connection.alias in _unsupported
        or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    )


def _makes_plain_cursors(wrapper: Any) -> bool:
    """Whether a cursor is made as Django makes it. A package for tenants sets the search path then, so what
    runs without a cursor of its own would read the tables of the tenant before."""
    django: Any = BaseDatabaseWrapper
    return wrapper.cursor is django.cursor and wrapper._cursor is django._cursor
