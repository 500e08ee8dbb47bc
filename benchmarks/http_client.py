"""A client that costs little beside a server: the same request again and again, on connections that stay open."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

SILENCE_SECONDS = 60
_END = b"\r\n\r\n"


class UnexpectedAnswer(Exception):
    """An answer other than 200."""


def request(path: str, authorization: str = "") -> bytes:
    """A GET as it travels."""
    more = f"Authorization: {authorization}\r\n" if authorization else ""
    return f"GET {path} HTTP/1.1\r\nHost: testserver\r\nAccept: application/json\r\n{more}\r\n".encode()


async def load(port: int, authority: Path | None, raw: bytes, connections: int, count: int) -> list[float]:
    """Send a request `count` times, on each connection the next one after the answer. Returns seconds, one each.

    `authority` signs the server's certificate; None sends plainly.
    """
    loop, times = asyncio.get_running_loop(), list[float]()
    context = None if authority is None else ssl.create_default_context(cafile=str(authority))
    left = [count]
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(
            lambda: _Client(raw, left, times),
            "127.0.0.1",
            port,
            ssl=context,
            server_hostname="localhost" if context else None,
        )
        clients.append(client)
    for client in clients:
        client.send()
    try:
        async with asyncio.timeout(SILENCE_SECONDS + count):
            await asyncio.gather(*(client.done for client in clients))
    finally:
        for client in clients:
            client.close()
    return times


class _Client(asyncio.Protocol):
    """One connection. `left` is what is still to be sent by all of them."""

    def __init__(self, raw: bytes, left: list[int], times: list[float]) -> None:
        self.raw, self.left, self.times = raw, left, times
        self.received = b""
        self.began = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self) -> None:
        if self.left[0] <= 0:
            self.done.set_result(None)
            return
        self.left[0] -= 1
        self.began = time.perf_counter()
        self.transport.write(self.raw)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.done.done() or not _is_whole(self.received):
            return
        if not self.received.startswith(b"HTTP/1.1 200 "):
            self.done.set_exception(UnexpectedAnswer(self.received[:300].decode("latin-1")))
            return
        self.times.append(time.perf_counter() - self.began)
        self.received = b""
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError("the server has closed the connection"))

    def close(self) -> None:
        self.done.cancel()
        self.transport.close()


def _is_whole(received: bytes) -> bool:
    """Whether this is a whole answer, by its Content-Length or its chunks."""
    head, end, body = received.partition(_END)
    if not end:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
    return body.endswith(b"0" + _END) if b"\r\ntransfer-encoding: chunked" in head.lower() else True
