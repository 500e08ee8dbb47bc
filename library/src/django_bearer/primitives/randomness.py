"""Everything random comes from here, and from the operating system's generator."""

from __future__ import annotations

import secrets
import uuid

from .encoding import base64url_encode

SECRET_BYTES = 32


def secret() -> bytes:
    """256 random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def token_id() -> str:
    """128 random bits as text, for `jti` (RFC 7519 section 4.1.7)."""
    return base64url_encode(secrets.token_bytes(16))


def fraction() -> float:
    """A random number from 0 up to 1."""
    return secrets.randbelow(2**32) / 2**32


def session_id() -> uuid.UUID:
    """A random identifier (RFC 9562 version 4). It names a session and opens nothing."""
    return uuid.UUID(bytes=secrets.token_bytes(16), version=4)


LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: five bits a letter, and none that is easily taken for another."""


def code(length: int) -> str:
    """A random code of so many letters, for people to type: five bits each."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def digits(length: int) -> str:
    """So many random digits, for people to read on one device and type on another."""
    return "".join(secrets.choice("0123456789") for _ in range(length))
