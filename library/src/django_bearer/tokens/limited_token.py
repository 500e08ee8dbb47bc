"""The format of a limited token: a login that lacks a step, as a secret that opens the endpoints of that step.

secret 32        in base64url, inside the outer form of `opaque_format`

It is neither a JWT nor a refresh token nor an API token: no view and no other service takes it for one.
"""

from __future__ import annotations

import hashlib

from ..errors import MalformedToken
from ..primitives import randomness
from ..primitives.encoding import base64url_decode, base64url_encode
from .opaque_format import assemble, body_of

KIND = "lt"
BODY_LENGTH = 43
MAX_LENGTH = 64
"""Characters of input that are looked at."""


def new() -> tuple[str, bytes]:
    """A limited token of 256 random bits, and the digest that the row stores."""
    secret = randomness.secret()
    return assemble(KIND, base64url_encode(secret)), _digest(secret)


def digest_of(text: str) -> bytes:
    """The digest of a limited token. Raises `MalformedToken`, before any query."""
    if len(text) > MAX_LENGTH:
        raise MalformedToken("too long")
    return _digest(base64url_decode(body_of(text, KIND, BODY_LENGTH)))


def _digest(secret: bytes) -> bytes:
    """SHA-256. 256 random bits need no salt (RFC 9700 section 4.9.3)."""
    return hashlib.sha256(secret).digest()
