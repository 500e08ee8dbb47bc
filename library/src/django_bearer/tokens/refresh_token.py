"""The refresh token: what it carries, how it proves it was issued, and how a token yields its one successor.

Ninety-six bytes, base64url, inside the outer form of `opaque_format` (fields are append-only: a change is a new
version):

    ===========  =====  ==========================================
    field        bytes
    ===========  =====  ==========================================
    version      1      1
    key id       8      of the key that made it
    session id   16
    generation   6      the number of rotations so far
    delivery     1      `TokenDelivery`
    secret       32
    MAC          32     over all fields before it
    ===========  =====  ==========================================

The MAC proves that this server made the token, so that no row is needed for each token. The successor's secret is
derived from its predecessor's, so the server can return the *same* successor again for the predecessor. A reader of
the database, who has only digests, cannot derive it.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass, field
from enum import IntEnum

from ..errors import MalformedToken
from ..keys.keyring import KEY_ID_BYTES, RefreshKeys
from ..primitives.encoding import base64url_decode, base64url_encode, fields
from .opaque_format import assemble, body_of

KIND = "rt"
VERSION = 1
BODY_LENGTH = 128
MAX_LENGTH = 256
"""Characters of input that are looked at; a longer string is refused unread."""

_DERIVE = b"django-bearer refresh child v1\x00"
_FIELDS = (1, KEY_ID_BYTES, 16, 6, 1, 32, 32)


class TokenDelivery(IntEnum):
    """How the refresh token of a session reaches its client. It is fixed at login.

    Attributes:
        BODY: In the body of the answer, for native clients.
        COOKIE: In a cookie that no script can read, for browsers.
    """

    BODY = 1
    COOKIE = 2


_DELIVERIES = frozenset(TokenDelivery)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token taken apart; `secret` is the part that must stay secret."""

    key_id: bytes
    session_id: uuid.UUID
    generation: int
    delivery: TokenDelivery
    secret: bytes = field(repr=False)

    def encode(self, keys: RefreshKeys) -> str:
        """The token as text, with its MAC and checksum."""
        signed = self._signed()
        return assemble(KIND, base64url_encode(signed + _mac(keys, signed)))

    def digest(self) -> bytes:
        """What the row keeps of the secret: SHA-256. The secret has 256 random bits, so no salt is needed."""
        return hashlib.sha256(self.secret).digest()

    def successor(self, keys: RefreshKeys, salt: bytes) -> RefreshToken:
        """The successor of this token under a row's salt: always the same one for the same token and salt."""
        message = _DERIVE + self.session_id.bytes + self.generation.to_bytes(6) + self.secret + salt
        secret = hmac.digest(keys.derivation, message, "sha256")
        return RefreshToken(keys.key_id, self.session_id, self.generation + 1, self.delivery, secret)

    def _signed(self) -> bytes:
        return (
            bytes([VERSION])
            + self.key_id
            + self.session_id.bytes
            + self.generation.to_bytes(6)
            + bytes([self.delivery])
            + self.secret
        )


@dataclass(frozen=True, slots=True)
class Presented:
    """A well-formed refresh token of unproven origin."""

    token: RefreshToken
    signed: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    def is_issued_by(self, keys: RefreshKeys) -> bool:
        """Whether the MAC proves that a holder of `keys` made it."""
        return hmac.compare_digest(_mac(keys, self.signed), self.mac)


def read(text: str) -> Presented:
    """A refresh token taken apart. Raises `MalformedToken`. The MAC is not yet checked."""
    if len(text) > MAX_LENGTH:
        raise MalformedToken("too long")
    raw = base64url_decode(body_of(text, KIND, BODY_LENGTH))
    version, key_id, session_id, generation, delivery, secret, mac = fields(raw, _FIELDS)
    if version[0] != VERSION or delivery[0] not in _DELIVERIES:
        raise MalformedToken("a version or kind this server does not know")
    token = RefreshToken(
        key_id, uuid.UUID(bytes=session_id), int.from_bytes(generation), TokenDelivery(delivery[0]), secret
    )
    return Presented(token, raw[:-32], mac)


def _mac(keys: RefreshKeys, signed: bytes) -> bytes:
    return hmac.digest(keys.mac, signed, "sha256")
