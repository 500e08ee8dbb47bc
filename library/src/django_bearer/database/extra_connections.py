"""A small pool of database connections beside Django's own, for writes that no caller's transaction may hold.

Each is opened when it is first needed, used for one short transaction, and closed as Django closes its own: after a
request, by `CONN_MAX_AGE`. A thread borrows one at a time, and a process has at most `SIZE` of them for an alias.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import Error as DatabaseError

from .. import conf
from .durable_writes import in_request

SIZE = 4
"""Connections of a process for an alias. Each is borrowed for milliseconds, so that a few serve many threads."""
WAIT = 2.0
"""Seconds to wait for a connection of the pool; a caller's transaction is held open meanwhile."""
CONNECT_WAIT = 3
"""Whole seconds to wait for the server to accept a connection."""
READ_WAIT = 5
"""Whole seconds to wait for an answer of MariaDB or MySQL."""
WITH_READ_TIMEOUT = frozenset({"MySQLdb", "pymysql"})
"""Drivers, by the name of their module, that take a timeout for reading."""
POOLED_MAX_AGE = 60
"""Seconds that a connection is kept where Django's own pool is used, which wants `CONN_MAX_AGE` to be 0."""


class NoConnection(Exception):
    """Every connection of the pool was in use for as long as a caller may wait."""


class Pool:
    """The extra connections to one database."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(SIZE)
        self._idle: list[Any] = []

    @contextmanager
    def borrow(self, like: Any) -> Iterator[Any]:
        """A connection of one's own to the database that the connection `like` is for.

        Raises `NoConnection` when none is free within `WAIT` seconds. It must be given back outside any transaction.
        """
        if not self._free.acquire(timeout=WAIT):
            raise NoConnection(f"all {SIZE} extra connections to {like.alias!r} were in use for {WAIT:g} seconds")
        try:
            connection = self._take() or _new(like)
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._free.release()

    def close_old(self) -> None:
        """Close what is idle and older than `CONN_MAX_AGE` lets a connection become, or is broken."""
        for _ in range(len(self._idle)):
            connection = self._take()
            if connection is not None:
                self._close_or_keep(connection)

    def _take(self) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _give_back(self, connection: Any) -> None:
        if conf.under_test_runner():
            connection.close()  # or DROP DATABASE would find the test database in use
        elif in_request() and len(self._idle) < SIZE:
            self._idle.append(connection)  # until the request is over
        else:
            self._close_or_keep(connection)

    def _close_or_keep(self, connection: Any) -> None:
        with suppress(DatabaseError):
            connection.close_if_unusable_or_obsolete()
        if connection.connection is None:
            return
        if len(self._idle) < SIZE:
            self._idle.append(connection)
        else:
            connection.close()  # one that another thread was just looking at has come back before it


def borrow(like: Any) -> Any:
    """A context manager: an extra connection to the database that the connection `like` is for."""
    settings = like.settings_dict
    # Tests and tenants may change where an alias leads.
    name = (like.alias, *(str(settings.get(part) or "") for part in ("NAME", "USER", "HOST", "PORT")))
    with _lock:
        pool = _pools.setdefault(name, Pool())
    return pool.borrow(like)


def close_old(**_: Any) -> None:
    """Close connections as Django's `close_old_connections` does with its own."""
    with _lock:
        found = list(_pools.values())
    for pool in found:
        pool.close_old()


def connect() -> None:
    """Listen to the beginning and the end of requests, as Django does for its own connections."""
    request_started.connect(close_old, dispatch_uid="django_bearer.extra_connections")
    request_finished.connect(close_old, dispatch_uid="django_bearer.extra_connections")


def _new(like: Any) -> Any:
    """Another connection to the same database, not yet opened."""
    connection = type(like)(own_settings(like.settings_dict, like.Database.__name__), like.alias)
    connection.inc_thread_sharing()  # one thread at a time has it
    return connection


def own_settings(given: Mapping[str, Any], driver: str) -> dict[str, Any]:
    """Django's settings of an alias, changed for an extra connection: with timeouts, and never out of Django's pool.

    That pool may be empty just because every connection of it is held by a caller that waits for this one.
    """
    options = dict(given.get("OPTIONS") or {})
    pooled = bool(options.pop("pool", None))
    options["connect_timeout"] = min(int(options.get("connect_timeout") or CONNECT_WAIT), CONNECT_WAIT)
    if driver in WITH_READ_TIMEOUT:
        options.setdefault("read_timeout", READ_WAIT)
        options.setdefault("write_timeout", READ_WAIT)
    age = POOLED_MAX_AGE if pooled else given.get("CONN_MAX_AGE", 0)
    changed = {"AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": age}
    return {**given, **changed, "OPTIONS": options}


_pools: dict[tuple[str, ...], Pool] = {}
_lock = threading.Lock()
_of_the_parent: list[Any] = []
"""Pools that a fork has copied. They are never used, nor freed: closing one would end it in the parent process."""


def _after_fork() -> None:
    global _pools, _lock
    _of_the_parent.append(_pools)
    _pools, _lock = {}, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
