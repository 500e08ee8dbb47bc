"""Streams that end with the session that they were opened by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from asgiref.sync import sync_to_async

from ..database import aliases
from ..primitives import clock

EVERY = 5.0
"""Seconds within which an open stream learns that its session has ended."""


def end_with(response: Any, is_alive: Callable[[], bool]) -> None:
    """Let a streaming response end when `is_alive` says so: at its next part, or, where it is async, at once.

    It is asked every five seconds, at the database and schema of now.
    """
    asked = aliases.bound(is_alive)
    if response.is_async:
        response.streaming_content = _async_parts(response.streaming_content, asked)
    else:
        response.streaming_content = _parts(response.streaming_content, asked)


def _parts(content: Iterable[bytes], is_alive: Callable[[], bool]) -> Iterator[bytes]:
    due = clock.monotonic() + EVERY
    for part in content:
        if clock.monotonic() >= due:
            if not is_alive():
                return
            due = clock.monotonic() + EVERY
        yield part


async def _async_parts(content: AsyncIterator[bytes], is_alive: Callable[[], bool]) -> AsyncIterator[bytes]:
    parts = aiter(content)
    due, waiting = clock.monotonic() + EVERY, asyncio.ensure_future(_next(parts))
    try:
        while True:
            await asyncio.wait({waiting}, timeout=max(0.0, due - clock.monotonic()))
            if clock.monotonic() >= due:
                if not await sync_to_async(is_alive)():
                    return
                due = clock.monotonic() + EVERY
            if waiting.done():
                found = waiting.result()
                if found is None:
                    return
                yield found
                waiting = asyncio.ensure_future(_next(parts))
    finally:
        waiting.cancel()


async def _next(parts: AsyncIterator[bytes]) -> bytes | None:
    """The next part, or None at the end: no task may raise `StopAsyncIteration`."""
    return await anext(parts, None)
