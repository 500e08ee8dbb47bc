"""A read that code on an event loop needs at once: made in another thread, for which the loop waits, but not long.

Django lets no code on an event loop ask the database. Such code is to await. What cannot await, as an attribute that
a template, a middleware of another package or an async view uses, would raise instead.
"""

from __future__ import annotations

import logging
import os
from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import Error as DatabaseError

from .. import conf
from ..errors import TemporarilyUnavailable
from . import aliases

LONGEST = 5.0
"""Seconds for which an event loop waits at most. By then the feed is too old, and further requests are refused."""
THREADS = 4
"""More than one, so that a read that hangs does not hold up those of other loops."""
logger = logging.getLogger("django_bearer.debug")
Result = TypeVar("Result")


def runs_here() -> bool:
    """Whether this thread runs an event loop, so that Django would refuse to ask the database in it."""
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return not os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")


def wait_for(read: Callable[[], Result], using: str) -> Result:
    """What `read` returns or raises, from a thread of its own, with a connection of its own to `using`.

    Raises `TemporarilyUnavailable` where it takes too long.
    """
    future = _threads.submit(copy_context().run, _read_and_close, read, using)
    try:
        return future.result(LONGEST)
    except TimeoutError:
        future.cancel()
        raise TemporarilyUnavailable(f"the database did not answer within {LONGEST:.0f} s") from None


def _read_and_close(read: Callable[[], Result], using: str) -> Result:
    """No request begins or ends in this thread, so nobody else closes a connection that is old or broken."""
    connection = aliases.connection(using)
    connection.close_if_unusable_or_obsolete()
    try:
        return read()
    finally:
        try:
            connection.close() if conf.under_test_runner() else connection.close_if_unusable_or_obsolete()
        except DatabaseError as error:
            logger.info("a connection was not closed: %s", type(error).__name__)


def _new_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="django-bearer-read")


def _after_fork() -> None:
    """A forked process has none of the threads."""
    global _threads
    _threads = _new_threads()


_threads = _new_threads()
os.register_at_fork(after_in_child=_after_fork)
