"""The format of an API token: an id, by which it is looked up, and a secret.

Base64url of version (1 byte), id (16 bytes) and secret (32 bytes), inside the outer form of `opaque_format`.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field

from ..errors import MalformedToken
from ..primitives.encoding import base64url_decode, base64url_encode
from .opaque_format import FAMILY, assemble, body_of

KIND = "at"
VERSION = 1
BODY_LENGTH = 66
MAX_LENGTH = 128
"""Characters of input that are looked at."""


@dataclass(frozen=True, slots=True)
class ApiSecret:
    """An API token taken apart."""

    id: uuid.UUID
    secret: bytes = field(repr=False)

    def encode(self) -> str:
        """As text, with its checksum."""
        return assemble(KIND, base64url_encode(bytes([VERSION]) + self.id.bytes + self.secret))

    def digest(self) -> bytes:
        """The SHA-256 that the row stores. 256 random bits need no salt (RFC 9700 section 4.9.3)."""
        return hashlib.sha256(self.secret).digest()


def is_one(text: str) -> bool:
    """Whether this claims to be an API token; whether it is well formed is not yet known."""
    return text.startswith(f"{FAMILY}_{KIND}_")


def read(text: str) -> ApiSecret:
    """An API token taken apart. Raises `MalformedToken`, before any query."""
    if len(text) > MAX_LENGTH:
        raise MalformedToken("too long")
    raw = base64url_decode(body_of(text, KIND, BODY_LENGTH))
    if raw[0] != VERSION:
        raise MalformedToken("a version this server does not know")
    return ApiSecret(uuid.UUID(bytes=raw[1:17]), raw[17:])
