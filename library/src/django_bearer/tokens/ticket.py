"""The format of a ticket: 256 random bits for one place that cannot send a header; the database has the digest.

secret 32        in base64url, inside the outer form of `opaque_format`

It is no bearer token: no view takes it from an Authorization header.
"""

from __future__ import annotations

import hashlib

from ..errors import MalformedToken
from ..primitives import randomness
from ..primitives.encoding import base64url_decode, base64url_encode
from .opaque_format import FAMILY, assemble, body_of

KIND = "tk"
PREFIX = f"{FAMILY}_{KIND}_"
BODY_LENGTH = 43
MAX_LENGTH = 64
"""Characters of input that are looked at."""


def new() -> tuple[str, bytes]:
    """A ticket, and the digest that the row stores."""
    secret = randomness.secret()
    return assemble(KIND, base64url_encode(secret)), hashlib.sha256(secret).digest()


def digest_of(text: str) -> bytes:
    """The digest of a ticket. Raises `MalformedToken`, before any query is made."""
    if len(text) > MAX_LENGTH:
        raise MalformedToken("too long")
    return hashlib.sha256(base64url_decode(body_of(text, KIND, BODY_LENGTH))).digest()
