"""Bytes to text and back, in exactly one way: base64url, base62 checksums and strict JSON.

Whatever has two spellings lets one token pass for two, so everything here refuses the second spelling.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable
from typing import Any, NoReturn

from ..errors import MalformedToken

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM_LENGTH = 6
MAX_BRACKETS = 256
"""More opening brackets than any honest header or claims set has; it bounds nesting before parsing."""

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*", re.ASCII)


def base64url_encode(raw: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


_TO_URL = bytes.maketrans(b"+/", b"-_")


def fields(raw: bytes, widths: Iterable[int]) -> list[bytes]:
    """The parts of a record of fixed widths, one after the other."""
    parts, at = [], 0
    for width in widths:
        parts.append(raw[at : at + width])
        at += width
    return parts


def base64url_decode(text: str) -> bytes:
    """The bytes of canonical, unpadded base64url.

    Raises `MalformedToken` for padding, whitespace, other alphabets, and for stray bits in the last character,
    by which one signature could be spelled several ways (RFC 4648 section 3.5).
    """
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError:
        raise MalformedToken("base64url is ASCII") from None
    if not _BASE64URL.fullmatch(data) or len(data) % 4 == 1:
        raise MalformedToken("not base64url")
    try:
        raw = base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        raise MalformedToken("not base64url") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != data:
        raise MalformedToken("base64url is not canonical")
    return raw


def checksum(text: str) -> str:
    """CRC-32 of ASCII text as six base62 digits, so that a mistyped or invented token costs no query."""
    number = zlib.crc32(text.encode("ascii"))
    digits = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


def strict_json(raw: bytes) -> dict[str, Any]:
    """A JSON object: UTF-8, whole characters, no duplicate names, no NaN or infinity, bounded nesting.

    Raises `MalformedToken` for anything else (RFC 8725 section 3.7, RFC 7493 section 2).
    """
    if raw.count(b"{") + raw.count(b"[") > MAX_BRACKETS:
        raise MalformedToken("JSON is nested too deep or too wide")
    try:
        value = _decoder.decode(raw.decode("utf-8"))
        if b"\\u" in raw:
            compact_json({"": value})  # half a surrogate pair is no character: it can be neither stored nor hashed
    except (ValueError, RecursionError) as error:
        raise MalformedToken(f"not strict JSON: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise MalformedToken("JSON is not an object")
    return value


def compact_json(value: dict[str, Any]) -> bytes:
    """JSON without spaces, as UTF-8."""
    return _encoder.encode(value).encode()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member name")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("number out of range")
    return number


_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
