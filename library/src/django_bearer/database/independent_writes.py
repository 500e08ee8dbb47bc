"""Writes that a decision depends on: committed at once, whatever becomes of the caller's transaction.

Counted inside a transaction, an attempt is seen by nobody else until the view is over, and by nobody at all if it
rolls back. So what is counted there is counted over a connection of its own (PostgreSQL, MariaDB, MySQL), or refused
(SQLite, which has one writer at a time). In Django's test transactions, which nobody else looks into, it is counted
in place; on SQLite while `DEBUG` is on, too. What a view rolls back then is counted again.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from os import dup
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from ..errors import RateLimitUnavailable, TemporarilyUnavailable
from . import aliases, extra_connections
from .conflicts import retry_for, retry_on_conflict
from .extra_connections import NoConnection

Outcome = TypeVar("Outcome")

LOCK_WAIT = 2
"""Whole seconds to wait for a row: the caller itself may hold it, and would never let go of it."""
DEADLINE = 5.0
"""Seconds after which a connection to PostgreSQL is cut: a pooler may keep a statement waiting for minutes."""
SERVERS = frozenset({"postgresql", "mysql"})
logger = logging.getLogger("django_bearer.debug")


def write_independently(work: Callable[[Any], Outcome]) -> Outcome:
    """What `work(cursor)` returns; what it wrote is committed.

    `work` uses no other cursor, may be run again after a lost race, and must leave nothing behind when it fails.
    `cursor.db` is its connection. Raises `RateLimitUnavailable` where it cannot be done beside the caller's
    transaction, or not in time; `TemporarilyUnavailable` when every race was lost outside of one.
    """
    connection = aliases.connection(aliases.sessions_alias())
    if not is_in_transaction(connection):
        return retry_on_conflict(lambda: _on_current_connection(connection, work))
    if connection.vendor not in SERVERS:
        if settings.DEBUG and connection.in_atomic_block:
            return _on_current_connection(
                connection, work
            )  # a developer's own machine: exact unless many requests roll back at once
        raise _unavailable(
            "an attempt cannot be counted inside a transaction on SQLite, which has one writer at a time. Count it"
            " before the atomic block, exempt the view with transaction.non_atomic_requests, set"
            " BEARER['RATE_LIMIT_STORAGE'], or use PostgreSQL or MariaDB."
        )
    return _on_extra_connection(connection, work)


def is_in_transaction(connection: Any) -> bool:
    """Whether what is written now is committed later, or never."""
    if connection.in_atomic_block:
        return not aliases.in_test_transaction(connection.alias)
    return not connection.get_autocommit()


def _on_current_connection(connection: Any, work: Callable[[Any], Outcome]) -> Outcome:
    with connection.cursor() as cursor:
        return work(cursor)


def _on_extra_connection(connection: Any, work: Callable[[Any], Outcome]) -> Outcome:
    try:
        beginning = _setup_statements(connection)
    except DatabaseError as error:
        raise _unavailable(
            "the transaction that this is called in has failed already, so its schema cannot be told: leave the"
            " atomic block first."
        ) from error
    try:
        return retry_for(lambda: _run_once(connection, beginning, work), float(LOCK_WAIT))
    except NoConnection as error:
        raise _unavailable(f"{error}. Look for counting that waits for locks, or allow more processes.") from error
    except TemporarilyUnavailable as error:
        raise _unavailable(
            f"rows of {aliases.COUNTERS} were locked by somebody else for {LOCK_WAIT} seconds. Lock none of them in a"
            " transaction."
        ) from error
    except (OperationalError, InterfaceError) as error:
        raise _unavailable(
            f"the extra connection to {connection.alias!r} failed ({type(error).__name__}). See that the server, and"
            f" a pooler before it, have {extra_connections.SIZE} connections more for each process."
        ) from error


def _unavailable(reason: str) -> RateLimitUnavailable:
    # Django tells a request's exceptions to nobody while DEBUG is off; this one is for the operator.
    logger.error("an attempt was refused uncounted: %s", reason)
    return RateLimitUnavailable(reason)


Statement = tuple[str, tuple[Any, ...] | None]


def _setup_statements(connection: Any) -> list[Statement]:
    """What makes another connection look at the caller's schema, and wait for no lock longer than it may.

    The schema is asked of the database itself: tenant packages set it in ways of their own.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('search_path')")
            [path] = cursor.fetchone()
            wait = f"SET LOCAL lock_timeout = '{LOCK_WAIT}s'; SET LOCAL statement_timeout = '{LOCK_WAIT + 1}s'"
            begin = f"SET TRANSACTION ISOLATION LEVEL READ COMMITTED; {wait}"
            return [(begin, None), ("SELECT set_config('search_path', %s, true)", (path,))]
        cursor.execute("SELECT DATABASE()")
        [name] = cursor.fetchone()
        wait = f"SET SESSION innodb_lock_wait_timeout = {LOCK_WAIT}, SESSION lock_wait_timeout = {LOCK_WAIT}"
        return [(wait, None), (f"USE {connection.ops.quote_name(name)}", None)]


def _run_once(caller: Any, beginning: list[Statement], work: Callable[[Any], Outcome]) -> Outcome:
    with extra_connections.borrow(caller) as connection, _deadline(connection):
        try:
            connection.set_autocommit(False)
            with connection.cursor() as cursor:
                for statement, parameters in beginning:
                    cursor.execute(statement, parameters)
                outcome = work(cursor)
            connection.commit()
            connection.set_autocommit(True)
        except BaseException:
            with suppress(DatabaseError):
                connection.close()  # whatever state it is in, nothing of it is committed, and nobody gets it next
            raise
        return outcome


@contextmanager
def _deadline(connection: Any) -> Iterator[None]:
    """Within it, a connection to PostgreSQL is cut after `DEADLINE` seconds, however it is kept waiting."""
    if connection.vendor != "postgresql":
        yield  # its driver has timeouts for reading and writing
        return
    timer = threading.Timer(DEADLINE, _shut_down, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(connection: Any) -> None:
    with suppress(Exception), socket.socket(fileno=dup(connection.connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
