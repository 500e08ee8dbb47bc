"""The client's address, read only from the peer and from configured proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.http import HttpRequest

from .. import conf
from ..conf.readers import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def peer(meta: Mapping[str, object]) -> Address | None:
    """The address at the other end of the connection; None for a socket in the file system."""
    return _address(str(meta.get("REMOTE_ADDR") or ""))


def client(meta: Mapping[str, object], trusted: Sequence[Network]) -> Address | None:
    """The client's address: the peer's, or behind trusted proxies the last one they vouch for.

    X-Forwarded-For is read from the right, past every trusted proxy, and never further (RFC 9700 section 4.13). A
    socket in the file system has a proxy at its other end, or every client would share one address.
    """
    found = peer(meta)
    hops = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",") if hop.strip()]
    if found is None and not meta.get("REMOTE_ADDR") and trusted and hops:
        found = _address(hops.pop())
    while found is not None and within(found, trusted) and hops:
        nearer = _address(hops.pop())
        if nearer is None:
            break
        found = nearer
    return found


def of(request: HttpRequest) -> str:
    """The address that a request is counted under."""
    return prefix(client(request.META, conf.current().trusted_proxies))


def within(address: Address | None, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    return address is not None and any(
        address in network for network in networks if network.version == address.version
    )


def prefix(address: Address | None) -> str:
    """What counts as one address: an IPv4 address, an IPv6 /64, or `local` for a socket."""
    if address is None:
        return "local"
    if address.version == 4:
        return str(address)
    return around(address, 64)


def network(address: Address | None) -> str:
    """The network around an IPv6 address, a /48, which one customer can have whole; empty for anything else."""
    if address is None or address.version == 4:
        return ""
    return around(address, 48)


def around(address: Address, bits: int) -> str:
    """The network of so many bits that an address lies in, as `ipaddress` writes it."""
    rest = (32 if address.version == 4 else 128) - bits
    return f"{type(address)(int(address) >> rest << rest)}/{bits}"


def _address(text: str) -> Address | None:
    """The address in a string; an IPv4-mapped IPv6 prefix, a port and brackets are taken off."""
    return _read(text) if len(text) <= LONGEST else _read.__wrapped__(text)


LONGEST = 64
"""Characters of a string that is remembered with its address; one that is longer is nobody's honest address."""


@lru_cache(maxsize=1024)
def _read(text: str) -> Address | None:
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].split("]")[0]
    elif text.count(":") == 1:
        text = text.split(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
