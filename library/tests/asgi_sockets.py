"""A WebSocket to an ASGI application, as a server has it: a queue each way, and nothing after a close."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tools.support.timeouts import HANG


class Socket:
    """One socket. `path` may have a query."""

    def __init__(
        self,
        application: Any,
        path: str = "/ws/chat/",
        headers: Mapping[str, str] | None = None,
        subprotocols: tuple[str, ...] = (),
        scheme: str = "wss",
        client: str = "192.0.2.7",
        **more: Any,
    ) -> None:
        path, _, query = path.partition("?")
        sent = [(b"host", b"api.example.com")]
        sent += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        if subprotocols:
            sent.append((b"sec-websocket-protocol", ", ".join(subprotocols).encode()))
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": sent,
            "subprotocols": list(subprotocols),
            "scheme": scheme,
            "client": (client, 5000),
            "server": ("api.example.com", 443),
            **more,
        }
        self.to_application: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.to_client: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.to_application.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(application(self.scope, self.to_application.get, self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        self.to_client.put_nowait(message)
        if message["type"] == "websocket.close":
            self.to_application.put_nowait({"type": "websocket.disconnect", "code": message.get("code", 1000)})

    async def get(self) -> dict[str, Any]:
        """What the client gets next."""
        return await asyncio.wait_for(self.to_client.get(), HANG)

    async def accepted(self) -> str | None:
        """The subprotocol of an accepted socket."""
        message = await self.get()
        assert message["type"] == "websocket.accept", message
        found: str | None = message.get("subprotocol")
        return found

    async def closed(self) -> int:
        """The code of a closed one. What was sent before is passed over."""
        while True:
            message = await self.get()
            if message["type"] == "websocket.close":
                await asyncio.wait_for(self.task, HANG)
                return int(message["code"])

    def say(self, text: str) -> None:
        self.to_application.put_nowait({"type": "websocket.receive", "text": text})

    async def heard(self) -> str:
        message = await self.get()
        assert message["type"] == "websocket.send", message
        return str(message["text"])

    async def leave(self) -> None:
        self.to_application.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, HANG)
