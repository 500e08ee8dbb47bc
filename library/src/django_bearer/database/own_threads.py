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
from weakref import WeakKeyDictionary

from django.db import connections

from ..primitives import clock

R = TypeVar("R")
MOST = 4
"""Threads of a process at once, of which all but one or two wait for a database that does not answer."""
_free = threading.BoundedSemaphore(MOST)


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
AT_ONCE = 2
"""Of these threads, how many one event loop takes for work that comes in numbers. Questions have the others."""


async def run_in_turn(work: Callable[[], R], within: float) -> R:
    """What this work returns, once earlier work of this kind is done.

    Raises `TimeoutError` where both together take longer than `within` seconds.
    """
    until = clock.monotonic() + within
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    await asyncio.wait_for(turn.acquire(), within)
    try:
        return await run(work, max(0.0, until - clock.monotonic()))
    finally:
        turn.release()


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
