"""The open sockets of a process: one statement every few seconds says which of them have lost their session.

Each event loop has a list of its own, and a task that asks for as long as the list holds one. Where the database
cannot be asked for half a minute, every socket is closed: nobody knows whether its session still stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async

from ..accounts.principal import Principal
from ..database import aliases, idle_connections
from ..database.aliases import DatabaseContext
from ..primitives import clock
from ..sessions import open_sessions

Question = Callable[[list[Principal]], set[int]]
"""Which of these principals, by `id()`, nothing lets in any more."""

logger = logging.getLogger("django_bearer.security")
EVERY = 5.0
"""Seconds from one question to the next: a socket is closed within twice as many after its session has ended."""
MOST_UNKNOWN = 30.0
"""Seconds for which sockets stay open while the database does not answer."""


class OpenSocket(Protocol):
    """What is watched: whose it is, where its session lies, and how it is ended."""

    principal: Principal
    issuer: str
    place: DatabaseContext
    ended: Question

    def end(self, code: int) -> Awaitable[None]: ...


class Watch:
    """The sockets of one event loop."""

    def __init__(self) -> None:
        self.sockets: set[OpenSocket] = set()
        self._task: asyncio.Task[None] | None = None
        self._known_at = 0.0

    def add(self, socket: OpenSocket) -> None:
        """Watch a socket from now on."""
        self.sockets.add(socket)
        if self._task is None or self._task.done():
            self._known_at = clock.monotonic()
            self._task = asyncio.get_running_loop().create_task(self._run())

    def discard(self, socket: OpenSocket) -> None:
        """Watch a socket no more; the task ends with the last one."""
        self.sockets.discard(socket)
        if not self.sockets and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self.look()

    async def look(self) -> None:
        """Ask once for all sockets, and close those that nothing lets in any more."""
        began = clock.monotonic()
        groups: dict[tuple[DatabaseContext, str], list[OpenSocket]] = {}
        for socket in self.sockets:
            groups.setdefault((socket.place, socket.issuer), []).append(socket)
        try:
            gone = [one for group in groups.values() for one in await self._ended(group)]
            self._known_at = began
        except Exception as error:
            logger.error("open sockets could not be looked at: %s", type(error).__name__)
            if clock.monotonic() - self._known_at < MOST_UNKNOWN:
                return
            await end_all(list(self.sockets), TRY_AGAIN_LATER)
            return
        await end_all(gone, UNAUTHORIZED)

    async def _ended(self, group: list[OpenSocket]) -> list[OpenSocket]:
        """Those of one database, schema and issuer. What renewed its token meanwhile is asked for the next time."""
        asked = {id(one.principal): one for one in group}
        found = await sync_to_async(group[0].ended)([one.principal for one in group])
        return [one for key, one in asked.items() if key in found and id(one.principal) == key]


UNAUTHORIZED, FORBIDDEN, MALFORMED, TRY_AGAIN_LATER = 4401, 4403, 4400, 1013
"""Close codes: those of applications are named after the HTTP status (RFC 6455 section 7.4)."""


async def end_all(sockets: list[OpenSocket], code: int) -> None:
    """Close these sockets; one whose client does not listen keeps no other open."""
    await asyncio.gather(*(one.end(code) for one in sockets), return_exceptions=True)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """The watch of this event loop."""
    return _watches.setdefault(asyncio.get_running_loop(), Watch())


def question(issuer: str) -> Question:
    """The question for sockets of this issuer, asked later at the database and schema of now."""

    def ask(principals: list[Principal]) -> set[int]:
        return open_sessions.ended(principals, issuer)

    return idle_connections.closing_afterwards(aliases.bound(ask))
