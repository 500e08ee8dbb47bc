"""Device and place of a login in a few words, so that people know their sessions apart.

The words are for display only, since a client can send any user agent.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from .. import conf
from . import client_address

MAX_AGENT = 512
MAX_WORDS = 60
UNKNOWN = "Unknown device"
_PROGRAMS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("okhttp", "Android app"),
    ("CFNetwork", "Apple app"),
    ("python-", "Python"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def request_device(request: HttpRequest) -> dict[str, str]:
    """What a session keeps of where it began: the device in words, and the network, not the address."""
    return described(request, client_address.client(request.META, conf.current().trusted_proxies))


def described(request: HttpRequest, address: client_address.Address | None) -> dict[str, str]:
    """The same, where the client's address is known already."""
    return {"device": device(str(request.META.get("HTTP_USER_AGENT") or "")), "where": network(address)}


def network(address: client_address.Address | None) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; empty for none."""
    if address is None:
        return ""
    return client_address.around(address, 24 if address.version == 4 else 48)


def device(agent: str) -> str:
    """A user agent in words such as "Firefox on Windows". With the extra `devices` ua-parser names many more."""
    program, system = _parsed(agent[:MAX_AGENT])
    words = " on ".join(word for word in (program, system) if word)
    return "".join(letter for letter in words if letter.isprintable())[:MAX_WORDS] or UNKNOWN


def _parsed(agent: str) -> tuple[str, str]:
    parser = _parser()
    if parser is None:
        return coarse(agent)
    found = parser.parse(agent)
    program = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    return ("", "") if program == system == "" else (program, system)


@lru_cache
def _parser() -> Any:
    """ua-parser, or None without the extra: to look for what is not there goes through every folder each time."""
    try:
        import ua_parser
    except ImportError:
        return None
    return ua_parser


def coarse(agent: str) -> tuple[str, str]:
    """Program and system of the commonest user agents, by a word each."""
    program = next((name for word, name in _PROGRAMS if word in agent), "")
    return program, next((name for word, name in _SYSTEMS if word in agent), "")
