"""What a WebSocket was opened with: a token in the header or a subprotocol, a ticket in the URL, or a first message.

Pure. The token and the ticket are taken out of what the application gets to see, and no subprotocol that carries one
is ever sent back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..errors import Failure, MalformedToken, MultipleCredentials
from ..primitives.encoding import strict_json
from ..tokens.ticket import PREFIX

SUBPROTOCOL = "django-bearer"
"""Sent back where a client offers it and the application chooses no other: a browser wants one of those it offers."""
WITH_TOKEN = "bearer."
"""Before a token among the subprotocols that a client offers."""
MESSAGE = "bearer"
"""The `type` of a message with a token."""
MAX_MESSAGE = 8_192 + 64
"""Characters of a message that could hold a token."""
_HEADERS = (b"authorization", b"sec-websocket-protocol")
_TICKETS = re.compile(rf"{PREFIX}[A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opening:
    """A handshake, taken apart. `token` and `ticket` are empty where there is none."""

    token: str = field(repr=False)
    ticket: str = field(repr=False)
    authorization: str = field(repr=False)
    origin: str | None
    offers_ours: bool
    scope: Mapping[str, Any] = field(repr=False)
    """The scope without credentials, for the application."""


@sensitive_variables()
def read(scope: Mapping[str, Any]) -> Opening | Failure:
    """Take a handshake apart. A `Failure` where it carries several credentials, which could disagree."""
    headers = [(bytes(name).lower(), bytes(value)) for name, value in scope.get("headers") or ()]
    lines = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    offered = [str(one) for one in scope.get("subprotocols") or ()]
    tokens = [one.removeprefix(WITH_TOKEN) for one in offered if one.startswith(WITH_TOKEN)]
    parts = bytes(scope.get("query_string") or b"").decode("latin-1").split("&")
    mark = f"ticket={PREFIX}"
    tickets = [part.removeprefix("ticket=") for part in parts if part.startswith(mark)]
    if len(lines) + len(tokens) + len(tickets) > 1:
        return Failure(MultipleCredentials, "several credentials in one handshake")
    origins = {value.decode("latin-1") for name, value in headers if name == b"origin"}
    if len(origins) > 1:
        return Failure(MultipleCredentials, "several Origin headers in one handshake")
    kept = [one for one in offered if not one.startswith(WITH_TOKEN) and one != SUBPROTOCOL]
    rest = _TICKETS.sub("", "&".join(part for part in parts if not part.startswith(mark)))
    return Opening(
        "".join(tokens),
        "".join(tickets),
        "".join(lines),
        next(iter(origins), None),
        SUBPROTOCOL in offered,
        {
            **scope,
            "headers": [*((name, value) for name, value in headers if name not in _HEADERS), *_protocols(kept)],
            "subprotocols": kept,
            "query_string": rest.encode("latin-1"),
        },
    )


def _protocols(kept: Iterable[str]) -> list[tuple[bytes, bytes]]:
    joined = ", ".join(kept)
    return [(b"sec-websocket-protocol", joined.encode("latin-1"))] if joined else []


@sensitive_variables()
def token_of(message: Mapping[str, Any]) -> str | None:
    """The token of a message `{"type": "bearer", "token": "…"}`; None for every other, which is the application's."""
    text = message.get("text")
    if not isinstance(text, str) or len(text) > MAX_MESSAGE or f'"{MESSAGE}"' not in text[:40]:
        return None
    try:
        members = strict_json(text.encode("utf-8", "replace"))
    except MalformedToken:
        return None
    token = members.get("token")
    ours = members.keys() == {"type", "token"} and members["type"] == MESSAGE and isinstance(token, str)
    return str(token) if ours else None
