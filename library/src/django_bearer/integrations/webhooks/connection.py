"""One POST to a webhook: over verified TLS, to an address that was looked at, without redirects or proxies.

The URL comes from the settings, but the owner of its name decides where it points. A name that leads to this machine,
to its network or to a cloud's metadata is refused, and the address that was looked at is the one that is used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from ...conf.readers import Network
from ...primitives import clock
from .deadline import TimedSocket, left
from .translated_addresses import leads_to_local

TIMEOUT = 10.0
"""Seconds that one message may take: connecting, sending, and the answer up to its headers."""
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""What IANA gives out of IPv6 (RFC 4291 section 2.4). Outside are local addresses and those that stand for IPv4."""
SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # serves metadata to machines of one cloud, from a public block
        "192.0.0.0/24",  # IETF protocol assignments, with another cloud's metadata at 192.0.0.192
        "192.88.99.0/24",  # relays of 6to4
        "2001::/23",  # IETF protocol assignments, with Teredo
        "2002::/16",  # 6to4: stands for an IPv4 address of any network
        "3fff::/20",  # documentation
    )
)
"""Networks that are not for everybody, though `is_global` of some Python versions says so (RFC 6890)."""


class NotSent(Exception):
    """The message did not arrive; the text says why, and holds nothing of it."""


def may_reach(address: str, networks: Sequence[Network]) -> bool:
    """Whether a message may go to this address: a public one, or one of the networks that the settings name."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    found = found if mapped is None else mapped
    if any(found.version == network.version and found in network for network in networks):
        return True
    if found.is_multicast or any(found.version == other.version and found in other for other in SPECIAL):
        return False
    if isinstance(found, ipaddress.IPv6Address) and (found not in GLOBAL_UNICAST or leads_to_local(found)):
        return False
    return found.is_global


def resolve(host: str, port: int, networks: Sequence[Network]) -> str:
    """The first address of a host that may be reached. Raises `NotSent`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(f"its name cannot be resolved ({type(error).__name__})") from None
    for _, _, _, _, where in found:
        if may_reach(str(where[0]), networks):
            return str(where[0])
    raise NotSent('its name leads to no public address; name the network in "networks" if that is meant')


class _Connection(http.client.HTTPSConnection):
    """Connects to one address, and verifies the certificate for the name."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext, until: float) -> None:
        super().__init__(host, port, context=context)
        self._address, self._verified, self._until = address, context, until

    def connect(self) -> None:
        """Open the connection."""
        plain = socket.create_connection((self._address, self.port), left(self._until))
        try:
            plain.settimeout(left(self._until))
            self.sock = TimedSocket(self._verified.wrap_socket(plain, server_hostname=self.host), self._until)
        except BaseException:
            plain.close()
            raise


def post(
    url: str, body: bytes, headers: dict[str, str], networks: Sequence[Network], context: ssl.SSLContext | None = None
) -> None:
    """Send it. Raises `NotSent` unless the answer is a 2xx; its body is not read."""
    parts, until = urlsplit(url), clock.monotonic() + TIMEOUT
    host, port = str(parts.hostname), parts.port or 443
    address = resolve(host, port, networks)
    connection = _Connection(host, port, address, context or ssl.create_default_context(), until)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(f"no answer came ({type(error).__name__})") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotSent(f"it answered {status}")
