"""What a WebSocket was opened with: a token in the header or a subprotocol, a ticket in the URL, or a first message.

Pure. The token and the ticket are taken out of what the application gets to see, and no subprotocol that carries one
is ever sent back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..errors import Failure, MalformedToken, MultipleCredentials
from ..primitives.encoding import strict_json
from . import cookies, ticket_texts

SUBPROTOCOL = "django-bearer"
"""Sent back where a client offers it and the application chooses no other: a browser wants one of those it offers."""
WITH_TOKEN = "bearer."
"""Before a token among the subprotocols that a client offers."""
MESSAGE = "bearer"
"""The `type` of a message with a token."""
MAX_MESSAGE = 16_384
"""Characters or bytes of a message that could hold a token: none is longer than half of that."""
_HEADERS = (b"authorization", b"sec-websocket-protocol")


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
    tickets, query = split_query(scope)
    if len(lines) + len(tokens) + len(tickets) > 1:
        return Failure(MultipleCredentials, "several credentials in one handshake")
    origins = {value.decode("latin-1") for name, value in headers if name == b"origin"}
    if len(origins) > 1:
        return Failure(MultipleCredentials, "several Origin headers in one handshake")
    kept = [one for one in offered if not one.startswith(WITH_TOKEN) and one != SUBPROTOCOL]
    return Opening(
        "".join(tokens),
        "".join(tickets),
        "".join(lines),
        next(iter(origins), None),
        SUBPROTOCOL in offered,
        {
            **scope,
            "headers": [*_without_ours(headers), *_protocols(kept)],
            "subprotocols": kept,
            "query_string": query,
            **_cookies(scope),
        },
    )


@sensitive_variables()
def split_query(scope: Mapping[str, Any]) -> tuple[list[str], bytes]:
    """The tickets of a handshake's URL, and its query without them."""
    tickets, rest = ticket_texts.split(bytes(scope.get("query_string") or b"").decode("latin-1"), "ticket")
    return list(tickets), rest.encode("latin-1")


def _cookies(scope: Mapping[str, Any]) -> dict[str, Any]:
    """What a middleware outside of ours, such as that of Channels, has read from the cookies, without ours."""
    found = scope.get("cookies")
    if not isinstance(found, Mapping):
        return {}
    return {"cookies": {name: value for name, value in found.items() if not cookies.is_ours(str(name))}}


@sensitive_variables()
def _without_ours(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """The headers without credentials. Of a `Cookie` header the cookies of others stay."""
    for name, value in headers:
        if name == b"cookie":
            value = cookies.without_ours(value.decode("latin-1")).encode("latin-1")
        if name not in _HEADERS and (value or name != b"cookie"):
            yield name, value


def _protocols(kept: Iterable[str]) -> list[tuple[bytes, bytes]]:
    joined = ", ".join(kept)
    return [(b"sec-websocket-protocol", joined.encode("latin-1"))] if joined else []


@sensitive_variables()
def token_of(message: Mapping[str, Any]) -> str | None:
    """The token of a message `{"type": "bearer", "token": "…"}`, however it is written; None for one of the
    application's. An empty token where such a message has another shape: it could hold one, and is refused."""
    text, raw = message.get("text"), message.get("bytes")
    content = text if isinstance(text, str) else bytes(raw or b"")
    if len(content) > MAX_MESSAGE:
        return None
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if not _has_word(data):
        return None
    try:
        members = strict_json(data)
    except MalformedToken:
        return "" if _is_ours_loosely(data) else None
    if members.get("type") != MESSAGE:
        return None
    token = members.get("token")
    return token if members.keys() == {"type", "token"} and isinstance(token, str) else ""


def _has_word(data: bytes) -> bool:
    """Whether these bytes may be a message of ours: cheap, for each message of the application's passes here."""
    return b"{" in data and (MESSAGE.encode() in data or b"\\u" in data)


def _is_ours_loosely(data: bytes) -> bool:
    """Whether a lenient reader finds our type in what strict JSON refuses: a name twice, a byte order mark."""
    try:
        pairs: list[list[tuple[str, Any]]] = []
        whole = json.loads(data, object_pairs_hook=pairs.append)
    except (ValueError, RecursionError):
        return False
    return whole is None and bool(pairs) and ("type", MESSAGE) in pairs[-1]  # the outermost object comes last
