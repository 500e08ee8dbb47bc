"""News of the revocation feed by PostgreSQL's LISTEN and NOTIFY, on a connection of its own.

No trigger notifies. Whoever commits a notification waits for all others who do, and fails where the server's queue of
them is full, which every role of the server can fill. So a revocation is committed without one, and the process that
is the first to read it notifies.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import Error as DatabaseError

from ..primitives import clock
from . import aliases, extra_connections
from .feed_push import NoPush, Push

CHANNEL = "django_bearer_feed"
FLOOD = 2_000
"""Notifications in a second past which nobody listens for a while. Left unread they would fill the server's queue."""
IDLE = 30.0
"""Seconds without news after which the connection is tried."""
PROOF = 5.0
"""Seconds for a notification to come back to whoever sent it."""
POOLER = "LISTEN needs a session of its own, and a connection pooler such as PgBouncer stands before the database"


class NotifyPush(Push):
    """One connection that listens and sends."""

    def __init__(self, using: str, wake: Callable[[], None]) -> None:
        super().__init__(wake)
        self._using = using
        self._connection: Any = None
        self._signals: list[socket.socket] = []
        self._to_send = self._heard_others = self._heard_own = False
        self._since, self._count = 0.0, 0

    def send(self) -> None:
        """See `Push`. The thread that listens sends, for it has the connection."""
        self._to_send = True
        self._interrupt()

    def stop(self) -> None:
        """See `Push`."""
        super().stop()
        self._interrupt()

    def _interrupt(self) -> None:
        for mine in self._signals[1:]:
            with suppress(OSError):  # it is interrupted already, or closed
                mine.send(b".")

    def _open(self) -> None:
        if (reason := cannot(self._using)) is not None:
            raise NoPush(reason)
        self._connection = own_connection(self._using)
        if is_pooled(self._connection):
            raise NoPush(POOLER)
        self._signals = list(socket.socketpair())
        for each in self._signals:
            each.setblocking(False)
        # Those that come along with the answer to a statement.
        self._connection.connection.add_notify_handler(lambda found: self._hear(found.pid))
        self._heard_own = False
        self._execute(f"LISTEN {CHANNEL}")
        self._execute(f"NOTIFY {CHANNEL}")
        until = clock.monotonic() + PROOF
        while not self._heard_own:
            if self._stopped.is_set() or clock.monotonic() > until:
                raise NoPush(POOLER)
            self._wait(0.1)

    def _listen(self) -> bool:
        self._heard_others = False
        if not self._wait(IDLE):
            self._execute("SELECT 1")
        if self._to_send:
            self._to_send = False
            self._execute(f"NOTIFY {CHANNEL}")
        return self._heard_others

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def _wait(self, seconds: float) -> bool:
        """Whether the server or this process had something to say within these seconds."""
        raw, ours = self._connection.connection, self._signals[0]
        with selectors.DefaultSelector() as selector:
            selector.register(raw.fileno(), selectors.EVENT_READ)
            selector.register(ours, selectors.EVENT_READ)
            ready = selector.select(seconds)
        with suppress(BlockingIOError):
            ours.recv(4096)
        raw.pgconn.consume_input()
        while (found := raw.pgconn.notifies()) is not None:
            self._hear(found.be_pid)
            if self._count > FLOOD:
                raise NoPush(f"more than {FLOOD} notifications a second; nobody listens for a minute")
        return bool(ready)

    def _hear(self, sender: int) -> None:
        now = clock.monotonic()
        self._since, self._count = (self._since, self._count + 1) if now - self._since < 1.0 else (now, 1)
        if sender == self._connection.connection.info.backend_pid:
            self._heard_own = True
        else:
            self._heard_others = True

    def _close(self) -> None:
        signals, self._signals = self._signals, []
        for each in signals:
            each.close()
        with suppress(DatabaseError):
            if self._connection is not None:
                self._connection.close()


def own_connection(using: str) -> Any:
    """A connection that is used for nothing else. Not yet opened."""
    like = aliases.connection(using)
    settings = extra_connections.own_settings(like.settings_dict, like.Database.__name__)
    options = {"keepalives_idle": 30, "tcp_user_timeout": 30_000, **settings["OPTIONS"]}
    return type(like)({**settings, "OPTIONS": options}, like.alias)


def cannot(using: str) -> str | None:
    """Why this database could never push, or None. It is not asked."""
    connection = aliases.connection(using)
    if connection.vendor != "postgresql":
        return f"of the databases only PostgreSQL pushes, and sessions are in {connection.display_name}"
    if connection.Database.__name__ != "psycopg":
        return "it needs psycopg 3"
    return None


def hindrance(using: str) -> str | None:
    """Why this database, as it is reached from here, does not push, or None. It is asked on another connection."""
    connection = own_connection(using)
    try:
        return POOLER if is_pooled(connection) else None
    finally:
        connection.close()


def is_pooled(connection: Any) -> bool:
    """Whether a connection pooler answers: the server's session is another one than the client was told of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return bool(cursor.fetchone()[0] != connection.connection.info.backend_pid)
