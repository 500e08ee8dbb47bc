"""Signed tokens (JWS): every check before and of a signature, and signing.

PyJWT's primitives check the signature; everything a token could say about how it wants to be checked is refused
here first (RFC 8725 sections 3.1 to 3.4, 3.10 and draft-ietf-oauth-rfc8725bis section 3.14).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..errors import InvalidKey, InvalidSignature, MalformedToken
from ..keys.key import Key
from ..primitives.encoding import base64url_decode, base64url_encode, compact_json, strict_json

MAX_LENGTH = 8192
"""Characters; a longer token is refused before anything looks inside."""

COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+", re.ASCII)
"""An empty payload is a payload (RFC 7515 section 2); its claims are checked later."""
NOT_COMPACT = "not three base64url parts with two dots between them"
REFUSED_HEADERS = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc", "p2c", "p2s", "epk"})
"""Header members that ask for other keys, other rules or more work than we grant."""


@dataclass(frozen=True, slots=True)
class Header:
    """The members of a JOSE header that we listen to."""

    alg: str
    kid: str | None
    typ: str | None


@dataclass(frozen=True, slots=True)
class Compact:
    """A compact JWS taken apart, with nothing verified yet."""

    header: Header
    signed: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)


KeyFor = Callable[[Header], Key | None]
"""Finds the configured key a header names, or None. It never reads a key out of the header."""


def take_apart(token: str) -> Compact:
    """The parts of a compact JWS. Raises `MalformedToken` for anything that is not exactly one."""
    if len(token) > MAX_LENGTH:
        raise MalformedToken(f"longer than {MAX_LENGTH} characters")
    if not COMPACT.fullmatch(token):
        raise MalformedToken(NOT_COMPACT)
    head, body, tail = token.split(".")
    return Compact(
        header=_header(base64url_decode(head)),
        signed=f"{head}.{body}".encode("ascii"),
        payload=base64url_decode(body),
        signature=base64url_decode(tail),
    )


def verify(token: str, key_for: KeyFor, typ: str | None = None) -> bytes:
    """The payload of a token whose signature holds.

    `typ` is the media type the header must name, without its `application/` prefix (RFC 8725 section 3.11); None
    leaves it unchecked. The header's alg must be the key's own (section 3.1). Raises `MalformedToken` or
    `InvalidSignature`, and nothing else.
    """
    parts = take_apart(token)
    if typ is not None and not _same_type(parts.header.typ, typ):
        raise InvalidSignature(f"typ is not {typ}")
    try:
        key = key_for(parts.header)
    except InvalidKey as error:
        raise InvalidSignature(str(error)) from error
    if key is None:
        raise InvalidSignature("no configured key has that kid")
    if parts.header.alg != key.algorithm.name:
        raise InvalidSignature(f"alg is not that of the key, {key.algorithm.name}")
    if not key.algorithm.verify(parts.signed, key.public, parts.signature):
        raise InvalidSignature("the signature does not verify")
    return parts.payload


def sign(payload: dict[str, Any], key: Key, typ: str) -> str:
    """A compact JWS of `payload` under `key`. Raises `InvalidKey` for a key that only verifies."""
    if key.private is None or not key.algorithm.signs:
        raise InvalidKey("this key does not sign")
    signed = f"{_header_of(key.algorithm.name, key.kid, typ)}.{base64url_encode(compact_json(payload))}"
    return f"{signed}.{base64url_encode(key.algorithm.sign(signed.encode('ascii'), key.private))}"


@lru_cache(maxsize=64)
def _header_of(alg: str, kid: str, typ: str) -> str:
    """The first part of a token. It depends on nothing else, so all tokens of a key have the same one."""
    return base64url_encode(compact_json({"alg": alg, "kid": kid, "typ": typ}))


def _header(raw: bytes) -> Header:
    members = strict_json(raw)
    asked = REFUSED_HEADERS.intersection(members)
    if asked:
        raise InvalidSignature(f"header member {sorted(asked)[0]} is not accepted")
    return Header(_text(members, "alg") or "", _text(members, "kid"), _text(members, "typ"))


def _text(members: dict[str, Any], name: str) -> str | None:
    value = members.get(name)
    if name in members and not isinstance(value, str):
        raise MalformedToken(f"header member {name} is not text")
    return value


def _same_type(named: str | None, wanted: str) -> bool:
    """Media types compare without case, and "x" equals "application/x" (RFC 7515 section 4.1.9)."""
    return named is not None and named.lower().removeprefix("application/") == wanted
