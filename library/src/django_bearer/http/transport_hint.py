"""What to set where Django takes a request for plain HTTP: for the doctor, which sees the whole request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .client_address import peer
from .https import FORWARDED_HEADERS, Transport

_DEVELOPMENT = (
    "In development run manage.py bearer_runserver, which serves HTTPS, or manage.py runserver with DEBUG = True and"
    " ask from this machine."
)


def hint(found: Transport, meta: Mapping[str, Any], header: Sequence[str] | None) -> str:
    """The setting to change, or empty where nothing is wrong. `header` is `SECURE_PROXY_SSL_HEADER`. Pure."""
    if found in (Transport.SECURE, Transport.ALLOWED):
        return ""
    if found is Transport.SURE:
        return "Let the client use https:// from the first request on, and set SECURE_HSTS_SECONDS for browsers."
    if header:
        return _unmet(header, meta)
    if any(name in meta for name in FORWARDED_HEADERS):
        return f"A proxy forwarded this request: {_behind_proxy(meta)}"
    return f"{_DEVELOPMENT} Behind a proxy that ends TLS {_behind_proxy(meta)}"


def _behind_proxy(meta: Mapping[str, Any]) -> str:
    address = peer(meta)
    named = "<its address>" if address is None else f"{address}/{address.max_prefixlen}"
    return (
        'set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") and'
        f' BEARER["TRUSTED_PROXIES"] = ["{named}"], and let the proxy set X-Forwarded-Proto on every request,'
        " whatever the client sent under that name (docs/guide/proxies.md)."
    )


def _unmet(header: Sequence[str], meta: Mapping[str, Any]) -> str:
    """SECURE_PROXY_SSL_HEADER is set, and the request does not say what it waits for."""
    name = header[0].removeprefix("HTTP_").replace("_", "-").title()
    said = meta.get(header[0])
    got = "has no such header" if said is None else f"says {str(said)[:40]!r}"
    return (
        f"SECURE_PROXY_SSL_HEADER waits for {name}: {header[1]}, and this request {got}. Let the proxy set the header"
        " on every request, and give the doctor all headers that the application server gets. Without a proxy remove"
        f" the setting. {_DEVELOPMENT}"
    )
