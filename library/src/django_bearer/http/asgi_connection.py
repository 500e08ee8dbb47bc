"""Whether a client is still there, under ASGI: one that has gone before its answer began has got none of it.

Django cancels a request whose client has gone, but a view in a thread runs on, and what it commits is committed. The
server says that the client has gone (a disconnect event of the HTTP connection scope). After the answer has begun
that may mean that all of it was written, so it counts only before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableMapping
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections
from django.http import HttpRequest

logger = logging.getLogger("django_bearer.security")
KEY = "django_bearer.connection"
"""In the scope of a request: its `Connection`."""
Undo = Callable[[], object]


class Connection:
    """What is known of a client, and what to undo when it turns out to have gone."""

    def __init__(self, scope: MutableMapping[str, Any] | None = None) -> None:
        self.scope = {} if scope is None else scope
        """The server's own scope, of which a request has a copy: the server writes its log by it."""
        self.gone = False
        self.begun = False
        self.undo: list[Undo] = []

    def when_gone(self, undo: Undo) -> None:
        """Do `undo` once the client has gone: now, if it has already. Called in the thread of the view."""
        self.undo.append(undo)
        if self.gone:
            self.settle()

    def settle(self) -> None:
        """Undo what there is to undo, once, in whichever thread comes first."""
        while self.undo:
            try:
                self.undo.pop()()
            except Exception as error:
                logger.error("an answer that nobody got was not taken back: %s", type(error).__name__)


def of(request: HttpRequest) -> Connection | None:
    """The connection of a request; None under WSGI and in tests, which say nothing of a client that goes."""
    found: Connection | None = getattr(request, "scope", {}).get(KEY)
    return found


def connect() -> None:
    """Let Django's ASGI handler note whether its clients are there. Done once."""
    handler: Any = ASGIHandler
    if not hasattr(handler.handle, KEY):
        handler.handle = _watching(handler.handle)


def _watching(handle: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handle)
    async def watched(self: Any, scope: Any, receive: Any, send: Any) -> None:
        connection = Connection(scope)

        async def received() -> Any:
            message = await receive()
            if message["type"] == "http.disconnect" and not connection.begun:
                connection.gone = True
            return message

        async def sent(message: Any) -> None:
            connection.begun = True
            await send(message)

        try:
            await handle(self, {**scope, KEY: connection}, received, sent)
        finally:
            if connection.gone and connection.undo:
                await sync_to_async(_settle)(connection)

    setattr(watched, KEY, True)
    return watched


def _settle(connection: Connection) -> None:
    """Django has closed its connections by now, and closes none that is opened afterwards."""
    try:
        connection.settle()
    finally:
        close_old_connections()
