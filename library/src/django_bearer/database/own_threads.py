"""Work that asks the database from async code in a thread of its own, with connections of its own.

The one thread that `sync_to_async` shares with all synchronous code of a process is held by whatever is slow there.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from django.db import connections

R = TypeVar("R")
MOST = 4
"""Threads of a process at once, of which all but one or two wait for a database that does not answer."""
_free = threading.BoundedSemaphore(MOST)


async def run(work: Callable[[], R], within: float) -> R:
    """What this work returns.

    Raises `TimeoutError` where it takes longer than `within` seconds, and where `MOST` threads are at work already.
    The thread goes on until its database answers or fails. It keeps no process from ending.
    """
    if not _free.acquire(blocking=False):
        raise TimeoutError(f"{MOST} threads wait for the database already")
    answer: Future[R] = Future()
    answer.set_running_or_notify_cancel()  # a cancelled caller leaves it as it is
    context = contextvars.copy_context()
    try:
        threading.Thread(
            target=context.run, args=(_answer, answer, work), name="django-bearer-question", daemon=True
        ).start()
    except BaseException:
        _free.release()
        raise
    return await asyncio.wait_for(asyncio.wrap_future(answer), within)


def _answer(answer: Future[R], work: Callable[[], R]) -> None:
    try:
        try:
            result = work()
        finally:
            connections.close_all()
    except BaseException as error:
        answer.set_exception(error)
    else:
        answer.set_result(result)
    finally:
        _free.release()
