"""The open sockets of a process: one statement every few seconds says which of them have lost their session.

Each event loop has a list of its own, and a task that asks for as long as the list holds one. Where the database
cannot be asked for half a minute, every socket is closed: nobody knows whether its session still stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from ..accounts.principal import Principal
from ..database import aliases, own_threads
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
LEAST_ANSWER = 5.0
"""Seconds that a question gets, even where the last answer is older than that: the loop itself may have stood."""
MOST_CLOSING = 10.0
"""Seconds for sending a close to a client, which may not read."""


class OpenSocket(Protocol):
    """What is watched: whose it is, where its session lies, and how it is ended."""

    principal: Principal
    issuer: str
    place: DatabaseContext
    ended: Question

    def end(self, code: int) -> Coroutine[Any, Any, None]: ...


class Watch:
    """The sockets of one event loop."""

    def __init__(self) -> None:
        self.sockets: set[OpenSocket] = set()
        self._task: asyncio.Task[None] | None = None
        self._known_at = 0.0
        self._closing: set[asyncio.Task[None]] = set()

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
        """Ask once for all sockets, and close those that nothing lets in any more. It waits for no client."""
        began = clock.monotonic()
        groups: dict[tuple[DatabaseContext, str], list[OpenSocket]] = {}
        for socket in self.sockets:
            groups.setdefault((socket.place, socket.issuer), []).append(socket)
        asked = [[(one, one.principal) for one in group] for group in groups.values()]
        left = MOST_UNKNOWN - (began - self._known_at)
        try:
            found = await own_threads.run(lambda: _ended(asked), max(left, LEAST_ANSWER))
            self._known_at = began
        except Exception as error:
            logger.error("open sockets could not be looked at: %s", type(error).__name__)
            if clock.monotonic() - self._known_at >= MOST_UNKNOWN:
                self._close(self.sockets, TRY_AGAIN_LATER)
            return
        gone = {one for one, principal in found if one.principal is principal}
        self._close(gone & self.sockets, UNAUTHORIZED)

    def _close(self, sockets: Iterable[OpenSocket], code: int) -> None:
        """Close these sockets, each in a task of its own: a client that does not read keeps no other open."""
        for one in list(sockets):
            task = asyncio.get_running_loop().create_task(_end(one, code))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


Asked = list[tuple[OpenSocket, Principal]]
"""Sockets of one database, schema and issuer. One that renews its token meanwhile is asked for the next time."""


def _ended(groups: list[Asked]) -> Asked:
    ended = []
    for group in groups:
        gone = group[0][0].ended([principal for _, principal in group])
        ended += [pair for pair in group if id(pair[1]) in gone]
    return ended


async def _end(socket: OpenSocket, code: int) -> None:
    try:
        await asyncio.wait_for(socket.end(code), MOST_CLOSING)
    except Exception as error:
        logger.info("a socket's close could not be sent: %s", type(error).__name__)


UNAUTHORIZED, FORBIDDEN, MALFORMED, TRY_AGAIN_LATER = 4401, 4403, 4400, 1013
"""Close codes: those of applications are named after the HTTP status (RFC 6455 section 7.4)."""


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """The watch of this event loop."""
    return _watches.setdefault(asyncio.get_running_loop(), Watch())


def question(issuer: str) -> Question:
    """The question for sockets of this issuer, asked later at the database and schema of now."""

    def ask(principals: list[Principal]) -> set[int]:
        return open_sessions.ended(principals, issuer)

    return aliases.bound(ask)
