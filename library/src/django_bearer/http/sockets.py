"""WebSockets under ASGI: who opens one, how long it stays open, and what closes it.

A socket is closed with 4401 when its token expires without a renewal, or when its session ends. A message
`{"type": "bearer", "token": "…"}` renews it; the application never sees one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async

from ..accounts.principal import Principal
from ..database import idle_connections, own_threads
from ..database.aliases import DatabaseContext
from ..errors import Failure, InvalidRequest, NotAuthenticated, TemporarilyUnavailable
from ..primitives import clock
from ..primitives.clock import SECOND
from ..sessions import tickets
from . import challenge, open_sockets, socket_authentication, socket_credentials
from .audience import checked
from .open_sockets import FORBIDDEN, MALFORMED, TRY_AGAIN_LATER, UNAUTHORIZED
from .socket_authentication import Entered
from .socket_credentials import MESSAGE, SUBPROTOCOL, Opening

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FIRST_MESSAGE = 5.0
"""Seconds within which a socket that was opened without a credential must send one."""
MOST_WAITING = 1_000
"""Sockets of one process that wait for their first message at once."""
LEAST_RENEWAL = 5.0
"""Seconds that a renewal gets, also where the token is about to expire."""
MOST_ENDED = 4
"""Tickets of a refused handshake that are ended: they may have been logged on the way."""
_enter = idle_connections.closing_afterwards(socket_authentication.enter)
_end_ticket = idle_connections.closing_afterwards(tickets.end)


class BearerSocketMiddleware:
    """Let a WebSocket in only with a valid token or ticket. For consumers of Channels, and for plain ASGI.

        application = ProtocolTypeRouter({
            "http": get_asgi_application(),
            "websocket": BearerSocketMiddleware(URLRouter(routes), scopes=["chat"]),
        })

    `scope["user"]` and `scope["auth"]` (a `Principal`) are set. The token comes in the `Authorization` header, as the
    subprotocol `bearer.` and the token, or in a first message within five seconds. A browser uses a ticket in
    the URL (`client.socket`). A page's origin must be the API's or a client's. The socket is closed with 4401 when
    the token expires without a renewal, and within ten seconds after its session ends.

    Args:
        application: The ASGI application that gets the sockets that are let in.
        scopes: The scopes that the token must have.
        audience: The audience that the token must name. None means `BEARER["AUDIENCE"]`.

    Source:
        OWASP ASVS 4.4.2 to 4.4.4, CWE-1385, RFC 6455 sections 7.4 and 10.2.
    """

    def __init__(self, application: Application, *, scopes: Iterable[str] = (), audience: str | None = None) -> None:
        self.application, self.scopes, self.audience = application, frozenset(scopes), checked(audience)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.application(scope, receive, send)
            return
        opening = socket_credentials.read(scope)
        shown, scope["query_string"] = socket_credentials.split_query(scope)  # a server logs it afterwards
        if isinstance(opening, Failure):
            await _refuse(opening, receive, send)
            for text in shown[:MOST_ENDED]:
                await sync_to_async(_end_ticket)(text)
            return
        await _Socket(self, opening, receive, send).run()


class _Socket:
    """One socket. `principal` is the newest token's, and None for a login of another kind."""

    def __init__(self, middleware: BearerSocketMiddleware, opening: Opening, receive: Receive, send: Send) -> None:
        self._middleware, self._opening, self._receive, self._send = middleware, opening, receive, send
        self._scope: dict[str, Any] = dict(opening.scope)
        self._accepted = self._closed = self._tested = False
        self._replayed: Message | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self.principal: Principal
        self.issuer: str
        self.place: DatabaseContext
        self.ended: open_sockets.Question

    async def run(self) -> None:
        """Let the socket in or refuse it, and give it to the application for as long as it may stay open."""
        self._replayed = await self._receive()
        if self._replayed["type"] != "websocket.connect":
            return
        by_cookie = self._has_other_login()
        refused = await sync_to_async(socket_authentication.origin_refusal)(self._opening, by_cookie)
        if refused is not None:
            await self._reject(refused)
        elif by_cookie:
            await self._middleware.application(self._scope, self._receive_next, self._send_on)
        else:
            await self._authenticated()

    async def _authenticated(self) -> None:
        token = ""
        if not (self._opening.token or self._opening.ticket or self._opening.authorization):
            first = await self._first_message()
            if isinstance(first, Failure):
                await self._reject(first)
                return
            token = first
        outcome = await self._enter(token)
        if isinstance(outcome, Failure):
            await self._reject(outcome)
            return
        self._adopt(outcome)
        if token:
            await self._tell()
        watch = open_sockets.watch()
        watch.add(self)
        try:
            await self._middleware.application(self._scope, self._receive_next, self._send_on)
        finally:
            watch.discard(self)
            if self._timer is not None:
                self._timer.cancel()

    def _has_other_login(self) -> bool:
        """Whether a middleware outside of ours has told who it is, as Channels does by Django's session."""
        carried = self._opening.token or self._opening.ticket or self._opening.authorization
        return not carried and bool(getattr(self._opening.scope.get("user"), "is_authenticated", False))

    async def _first_message(self) -> str | Failure:
        """The token of the first message. The socket is accepted for it, and the application does not know yet."""
        global _waiting
        if _waiting >= MOST_WAITING:
            return Failure(TemporarilyUnavailable, f"{MOST_WAITING} sockets wait for their first message already")
        _waiting += 1
        try:
            await self._accept({"type": "websocket.accept"})
            message = await asyncio.wait_for(self._receive(), FIRST_MESSAGE)
        except TimeoutError:
            return Failure(NotAuthenticated, f"no message with a token came within {FIRST_MESSAGE:g} seconds")
        finally:
            _waiting -= 1
        token = socket_credentials.token_of(message)
        if message["type"] == "websocket.disconnect":
            self._closed = True
        return token if token else Failure(NotAuthenticated, "the first message holds no token")

    async def _enter(self, token: str) -> Entered | Failure:
        middleware = self._middleware
        return await sync_to_async(_enter)(self._opening, token, middleware.scopes, middleware.audience)

    async def _enter_again(self, token: str) -> Entered | Failure:
        """The principal of a token that renews.

        It waits for no synchronous code of the project: what is slow there would hold it until the socket expires.
        """
        middleware, before = self._middleware, self.principal
        work = partial(_enter, self._opening, token, middleware.scopes, middleware.audience, before)
        if self._tested:
            return await sync_to_async(work)()
        left = before.expires_at() - clock.now() / SECOND
        try:
            return await own_threads.run_in_turn(work, max(left, LEAST_RENEWAL))
        except TimeoutError:
            return Failure(TemporarilyUnavailable, "the database did not answer before the token expired")

    def _adopt(self, found: Entered) -> None:
        """Take over a principal, and close when its token expires."""
        self.principal, self.issuer, self.place, self.ended = (
            found.principal,
            found.issuer,
            found.place,
            found.ended,
        )
        self._tested = found.tested
        self._scope["user"], self._scope["auth"] = found.principal.user, found.principal
        if self._timer is not None:
            self._timer.cancel()
        left = found.principal.expires_at() - clock.now() / SECOND
        self._timer = asyncio.get_running_loop().call_later(max(0.0, left), self._expire)

    def _expire(self) -> None:
        self._ending = asyncio.get_running_loop().create_task(self.end(UNAUTHORIZED))

    async def end(self, code: int) -> None:
        """Close the socket. The server tells the application that it is over."""
        if self._closed:
            return
        self._closed = True
        await self._send({"type": "websocket.close", "code": code})

    async def _receive_next(self) -> Message:
        """The next message of the application's: never one with a token, and none after the end."""
        if self._replayed is not None:
            message, self._replayed = self._replayed, None
            return message
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                self._closed = True
                return message
            token = None if self._closed else socket_credentials.token_of(message)
            if token is not None:
                await self._renew(token)
            elif not self._closed:
                return message

    async def _renew(self, token: str) -> None:
        if not hasattr(self, "principal"):  # a login of another kind has nothing to renew
            return
        if not token:
            await self._reject(Failure(InvalidRequest, "a message of the type bearer has a type and a token"))
            return
        outcome = await self._enter_again(token)
        if isinstance(outcome, Failure):
            await self._reject(outcome)
        elif not self._closed:
            self._adopt(outcome)
            await self._tell()

    async def _send_on(self, message: Message) -> None:
        """What the application sends. After the end nothing is sent."""
        if self._closed:
            return
        if message["type"] == "websocket.accept":
            if not self._accepted:
                await self._accept(message)
            return
        if message["type"] == "websocket.close":
            self._closed = True
        await self._send(message)

    async def _accept(self, message: Message) -> None:
        chosen = message.get("subprotocol")
        if chosen is None and self._opening.offers_ours:
            message = {**message, "subprotocol": SUBPROTOCOL}
        self._accepted = True
        await self._send(message)

    async def _tell(self) -> None:
        """Answer a message with a token: it was taken, and for how long."""
        left = int(self.principal.expires_at() - clock.now() / SECOND)
        await self._send({"type": "websocket.send", "text": json.dumps({"type": MESSAGE, "expires_in": left})})

    async def _reject(self, refused: Failure) -> None:
        challenge.note(refused.exception())
        await self.end(code_of(refused))


_waiting = 0


async def _refuse(refused: Failure, receive: Receive, send: Send) -> None:
    """Refuse a handshake that cannot be read."""
    challenge.note(refused.exception())
    if (await receive())["type"] == "websocket.connect":
        await send({"type": "websocket.close", "code": code_of(refused)})


def code_of(refused: Failure) -> int:
    """The close code of a refusal, by its HTTP status."""
    status = refused.error.status
    return {400: MALFORMED, 403: FORBIDDEN, 503: TRY_AGAIN_LATER}.get(status, UNAUTHORIZED)
