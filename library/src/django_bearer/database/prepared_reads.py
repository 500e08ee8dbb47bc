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
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

try:
    from django.db.backends.postgresql.psycopg_any import BaseTzLoader
    from psycopg.adapt import Transformer
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
        rows = _rows(connection, state, sql, parameters, 1)
        if rows is not None:
            return rows[0] if rows else None
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
        rows = _rows(connection, state, sql, parameters)
        if rows is not None:
            return rows
    with nullcontext(cursor) if cursor is not None else connection.cursor() as plain:
        plain.execute(sql, parameters)
        found: Sequence[Row] = plain.fetchall()
        return found


def _rows(
    connection: Any, state: _ConnectionState, sql: str, parameters: Sequence[Any], most: int | None = None
) -> list[Row] | None:
    """The rows of a prepared statement, or the first `most`.

    None where it failed: the plain one answers, or says it as Django does.
    """
    try:
        result = state.run(sql, parameters)
        if result.status == ExecStatus.TUPLES_OK:
            return state.rows(sql, result, most)
    except Exception:
        with connection.wrap_database_errors:
            raise
    if _state(result) in _LOST:
        _unsupported.add(connection.alias)
        logger.info("no prepared statements on %s from now on", connection.alias)
    return None


def reset() -> None:
    """Prepare again on every alias. For tests."""
    _unsupported.clear()


@dataclass(frozen=True, slots=True)
class _ConnectionState:
    """What is known of one connection: the statements it has prepared, and how to read their rows.

    `cursor` is one of Django's; it is never executed, and says how each type is to be read.
    """

    raw: Any
    zone: Any
    cursor: Any
    readers: dict[str, Any] = field(default_factory=dict)
    """By statement: psycopg's own reader of rows, which has looked up once how each column is read."""

    def run(self, sql: str, parameters: Sequence[Any]) -> Any:
        """The result, good or bad."""
        name, numbered = _text(sql)
        pgconn = self.raw.pgconn
        is_new = sql not in self.readers
        if is_new:
            made = self._exchange(pgconn.send_prepare, name, numbered)
            # One that exists was prepared on this connection before, and its name says that it is the same.
            if made.status != ExecStatus.COMMAND_OK and _state(made) != _EXISTS:
                return made
        result = self._exchange(pgconn.send_query_prepared, name, *_encoded(parameters))
        if is_new and result.status == ExecStatus.TUPLES_OK:
            reader = self.readers[sql] = Transformer(self.cursor)
            reader.set_pgresult(result)
        return result

    def rows(self, sql: str, result: Any, most: int | None = None) -> list[Row]:
        """The rows of a result, or the first `most`, each column read as this connection reads its type."""
        reader = self.readers[sql]
        reader.set_pgresult(result, set_loaders=False)
        try:
            found: list[Row] = reader.load_rows(0, min(result.ntuples, most or result.ntuples), list)
        finally:
            reader.set_pgresult(None, set_loaders=False)  # nothing of a user is kept
        return found

    def _exchange(self, send: Callable[..., None], *what: Any) -> Any:
        """Send, and wait as psycopg waits: interruptible, and cooperative under gevent."""
        with self.raw.lock:
            send(*what)
            return self.raw.wait(execute(self.raw.pgconn))[0]


def _state(result: Any) -> bytes | None:
    state: bytes | None = result.error_field(DiagnosticField.SQLSTATE)
    return state


@lru_cache
def _text(sql: str) -> tuple[bytes, bytes]:
    """The name of a statement and its text with numbered marks."""
    head, *parts = sql.replace("%%", "%").split("%s")
    numbered = head + "".join(f"${number}{part}" for number, part in enumerate(parts, 1))
    return b"django_bearer_" + hashlib.sha256(sql.encode()).hexdigest()[:24].encode(), numbered.encode()


def _encoded(parameters: Sequence[Any]) -> tuple[list[bytes | None], list[int]]:
    """The parameters as they travel, and of each whether that is its binary form."""
    values: list[bytes | None] = []
    binary = []
    for value in parameters:
        is_binary = 1
        if isinstance(value, bytes):
            values.append(value)
        elif isinstance(value, uuid.UUID):
            values.append(value.bytes)
        else:
            is_binary = 0
            values.append(None if value is None else str(value).encode())
        binary.append(is_binary)
    return values, binary


def _with_faster_timestamps(cursor: Any) -> Any:
    """The same cursor. A timestamp in UTC, as Django has it by default, is read by Python itself.

    psycopg's own way, which takes eight times as long, reads whatever is not of that form.
    """
    loaders = cursor.adapters
    usual: Any = loaders.get_loader(loaders.types["timestamptz"].oid, Format.TEXT)
    if getattr(usual, "load", None) is BaseTzLoader.load and usual.timezone is UTC:
        loaders.register_loader("timestamptz", _faster(usual))
    return cursor


@lru_cache
def _faster(usual: Any) -> Any:
    class InUTC(usual):  # type: ignore[misc]
        def load(self, data: Any) -> Any:
            text = str(data, "ascii")
            try:
                return datetime.fromisoformat(text) if text.endswith("+00") else super().load(data)
            except ValueError:
                return super().load(data)

    return InUTC


def _connection_state(connection: Any) -> _ConnectionState | None:
    """What is known of this connection as it is now; None when it is in the middle of something."""
    if connection.health_check_enabled:
        connection.close_if_health_check_failed()
    connection.ensure_connection()
    raw = connection.connection
    if not connection.autocommit or raw.pgconn.transaction_status != TransactionStatus.IDLE:
        return None
    state: _ConnectionState | None = getattr(connection, _STATE, None)
    if state is None or state.raw is not raw or state.zone != connection.timezone:
        state = _state_of(connection, raw)
        setattr(connection, _STATE, state)
    return state


def _state_of(connection: Any, raw: Any) -> _ConnectionState:
    """What is known of psycopg's connection, which comes out of Django's pool to another wrapper each time.

    It then keeps it itself. That is a cycle, which the pool, who closes its connections, need not care about.
    """
    state: _ConnectionState | None = getattr(raw, _STATE, None)
    if state is None or state.zone != connection.timezone:
        state = _ConnectionState(raw, connection.timezone, _with_faster_timestamps(connection.cursor().cursor))
        if (connection.settings_dict.get("OPTIONS") or {}).get("pool"):
            setattr(raw, _STATE, state)
    return state


def _may_prepare(connection: Any) -> bool:
    """Whether nothing speaks against it; Django's documented sign of a pooler is DISABLE_SERVER_SIDE_CURSORS."""
    wrapper, django = type(connection), _DJANGO
    return not (
        connection.vendor != "postgresql"
        or execute is None
        or connection.in_atomic_block
        or connection.execute_wrappers
        or connection.queries_logged
        or connection.allow_thread_sharing
        or ("cursor" in connection.__dict__ and _is_replaced(connection.cursor, wrapper))
        # A package for tenants sets the search path where it makes a cursor, so what runs without a cursor of its own
        # would read the tables of the tenant before.
        or wrapper.cursor is not django.cursor
        or wrapper._cursor is not django._cursor
        or connection.alias in _unsupported
        or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    )


def _is_replaced(cursor: Any, wrapper: Any) -> bool:
    """Whether a debugging tool makes the cursors. Django's own tests put back what they had replaced."""
    return getattr(cursor, "__func__", None) is not wrapper.cursor


_DJANGO: Any = BaseDatabaseWrapper
