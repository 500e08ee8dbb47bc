"""The format of a handover code: what the session that hands its login over shows to the receiver, once.

secret 32        in base64url, inside the outer form of `opaque_format`

By itself it opens nothing: whoever redeems it has the verifier of the receiver that began.
"""

from __future__ import annotations

import hashlib

from ..errors import MalformedToken
from ..primitives import randomness
from ..primitives.encoding import base64url_decode, base64url_encode
from .opaque_format import assemble, body_of

KIND = "ho"
BODY_LENGTH = 43
LIFETIME = 60
"""Seconds from the code to its redemption."""
MAX_LENGTH = 64
"""Characters of input that are looked at."""


def new() -> tuple[str, bytes]:
    """A handover code of 256 random bits, and the digest that the row stores."""
    secret = randomness.secret()
    return assemble(KIND, base64url_encode(secret)), hashlib.sha256(secret).digest()


def digest_of(text: str) -> bytes:
    """The digest of a handover code. Raises `MalformedToken`, before any query."""
    if len(text) > MAX_LENGTH:
        raise MalformedToken("too long")
    return hashlib.sha256(base64url_decode(body_of(text, KIND, BODY_LENGTH))).digest()
