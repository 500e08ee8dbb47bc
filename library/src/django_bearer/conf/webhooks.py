"""How `WEBHOOKS` is read: where events are sent, which, signed with what."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..events import WARNINGS, EventKind
from . import readers

KEYS = ("url", "secret", "events", "networks")
PREFIX = "whsec_"
LEAST, MOST = 24, 64
"""Bytes of a secret (Standard Webhooks)."""
MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class Webhook:
    """One receiver. `secrets` sign each message, the newest first; `networks` may be reached beside public ones."""

    name: str
    url: str
    secrets: tuple[bytes, ...] = field(repr=False)
    kinds: frozenset[EventKind]
    networks: tuple[readers.Network, ...] = ()


def read(value: Any) -> Mapping[str, Webhook]:
    """The receivers by name."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise readers.refuse('a dictionary, such as {"siem": {"url": "https://…", "secret": "whsec_…"}}.')
    return {name: _one(name, members) for name, members in value.items()}


def _one(name: Any, members: Any) -> Webhook:
    if not isinstance(name, str) or not name.isidentifier() or len(name) > MAX_NAME:
        raise readers.refuse(f"each name is a word of at most {MAX_NAME} letters, digits and underscores.")
    if not isinstance(members, Mapping) or set(members) - set(KEYS):
        raise readers.refuse(f"{name}: a dictionary with some of the keys {', '.join(KEYS)}.")
    return Webhook(
        name,
        _url(name, members.get("url")),
        _secrets(name, members.get("secret")),
        _kinds(name, members.get("events")),
        readers.networks(members.get("networks", [])),
    )


def _url(name: str, value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
        raise readers.refuse(f"{name}: url must begin with https://, name a host, and carry no name or password.")
    if any(character <= " " or character > "~" for character in value):
        raise readers.refuse(f"{name}: url must be ASCII without spaces.")
    return str(value)


def _secrets(name: str, value: Any) -> tuple[bytes, ...]:
    given = [value] if isinstance(value, str) else value
    hint = (
        f"{name}: secret is {PREFIX} and {LEAST} to {MOST} random bytes in base64, or two of them, the newest first."
    )
    if not isinstance(given, list | tuple) or not 0 < len(given) <= 2:
        raise readers.refuse(hint)
    return tuple(_secret(one, hint) for one in given)


def _secret(value: Any, hint: str) -> bytes:
    if not isinstance(value, str) or not value.startswith(PREFIX):
        raise readers.refuse(hint)
    try:
        found = base64.b64decode(value.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise readers.refuse(hint) from None
    if not LEAST <= len(found) <= MOST or len(set(found)) < 8:
        raise readers.refuse(hint)
    return found


def _kinds(name: str, value: Any) -> frozenset[EventKind]:
    if value is None:
        return WARNINGS
    try:
        found = frozenset(EventKind(one) for one in readers.texts(value))
    except ValueError:
        found = frozenset()
    if not found:
        raise readers.refuse(f"{name}: events is a list of kinds of events, as the reference names them.")
    return found
