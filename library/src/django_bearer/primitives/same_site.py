"""Origins and sites: whether two hosts are one site, by the public suffix list, as browsers decide about cookies."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit


def origin_of(url: str) -> str:
    """The origin of a URL (RFC 6454 section 6.2), default port left out; empty for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def same_site(one: str, other: str) -> bool:
    """Whether two origins share scheme and registrable domain: then a SameSite=Strict cookie travels between them."""
    try:
        first, second = urlsplit(one), urlsplit(other)
    except ValueError:  # a bracket that is not closed, as only a forged header has it
        return False
    return first.scheme == second.scheme and _site(first.hostname or "") == _site(second.hostname or "")


def is_loopback(origin: str) -> bool:
    """Whether an origin is on the reader's own machine, as in development."""
    host = urlsplit(origin).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=256)
def _site(host: str) -> str:
    """The registrable domain; the host itself where it has none (an address, localhost, a public suffix)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return str(_suffixes().privatesuffix(host) or host)
    return host


@lru_cache(maxsize=1)
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # a megabyte that most processes never need

    return PublicSuffixList()
