"""IPv6 addresses that a router turns into IPv4 ones: they must not lead to where no IPv4 address may lead."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""The first half of an interface identifier that ends in an IPv4 address (RFC 5214 section 6.1)."""
LOCAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.168.0.0/16",
    )
)
"""IPv4 networks of one machine, one site or one cloud."""
_PREFIXES = (32, 40, 48, 56, 64, 96)


def leads_to_local(address: ipaddress.IPv6Address) -> bool:
    """Whether a translator may turn this address into one of a local network. Pure.

    A NAT64 translator has a prefix of its operator's own, which nobody else knows, so every prefix counts.
    """
    return is_isatap(address) or any(one in network for one in embedded(address) for network in LOCAL)


def is_isatap(address: ipaddress.IPv6Address) -> bool:
    """Whether its interface identifier is that of ISATAP: a tunnel to an IPv4 address of the site."""
    return (int(address) >> 32) & 0xFFFF_FFFF in ISATAP


def embedded(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an address stands for with one prefix or another (RFC 6052 section 2.2)."""
    number = int(address)
    if (number >> 56) & 0xFF:  # bits 64 to 71 are zero in all of them
        return
    without = (number >> 64) << 56 | number & (1 << 56) - 1  # 120 bits
    for prefix in _PREFIXES:
        if prefix == 96:
            if not (number >> 32) & 0xFFFF_FFFF:
                yield ipaddress.IPv4Address(number & 0xFFFF_FFFF)
            continue
        behind = 120 - prefix - 32
        if not without & (1 << behind) - 1:  # what follows the address is zero
            yield ipaddress.IPv4Address((without >> behind) & 0xFFFF_FFFF)
