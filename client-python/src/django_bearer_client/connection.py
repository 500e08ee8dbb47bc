"""One API and its authentication endpoints: where they are, and how a flow is run against them."""

from __future__ import annotations

import ssl
from typing import Any, TypeVar

import httpx

from . import requests_async, requests_sync
from .keeper import Keeper
from .origins import PORTS, is_loopback
from .steps import Flow
from .transports import Shared, SharedAsync

T = TypeVar("T")
AGENT = "django-bearer-client"


class Connection:
    """The base of `BearerAuth`, which sets what is declared here."""

    _endpoints: str
    _accounts: str
    _origin: tuple[str, str, int | None]
    _keeper: Keeper
    _client: dict[str, object]
    _timeout: float
    _ssl: ssl.SSLContext | None
    _transport: httpx.BaseTransport | None
    _async_transport: httpx.AsyncBaseTransport | None

    def _run(self, flow: Flow[T]) -> T:
        transport = None if self._transport is None else Shared(self._transport)
        with httpx.Client(transport=transport, **self._options) as client:
            return requests_sync.run(flow, client)

    async def _arun(self, flow: Flow[T]) -> T:
        # A client of its own for each flow: the connections of one belong to the event loop that made them.
        transport = None if self._async_transport is None else SharedAsync(self._async_transport)
        async with httpx.AsyncClient(transport=transport, **self._options) as client:
            return await requests_async.run(flow, client)

    @property
    def _options(self) -> dict[str, Any]:
        """Of both clients. No redirect is followed, so that a secret goes to the endpoints alone."""
        return {
            "base_url": self._endpoints,
            "verify": True if self._ssl is None else self._ssl,
            "timeout": self._timeout,
            "headers": {"User-Agent": AGENT},
            "follow_redirects": False,
            "trust_env": self._through_proxies,
        }

    @property
    def _through_proxies(self) -> bool:
        """Over plain HTTP to this machine nothing is sent through a proxy, which could read it."""
        return not is_loopback(self._origin[1])


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """As httpx itself reads the URL, so that nobody reads it in another way."""
    return url.scheme, url.raw_host.decode("ascii"), url.port or PORTS.get(url.scheme)
