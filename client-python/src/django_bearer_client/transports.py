"""A transport that the program gave, which each request to the authentication endpoints uses and leaves open."""

from __future__ import annotations

import httpx


class Shared(httpx.BaseTransport):
    """In synchronous code."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on."""
        return self._transport.handle_request(request)


class SharedAsync(httpx.AsyncBaseTransport):
    """In asynchronous code."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on."""
        return await self._transport.handle_async_request(request)
