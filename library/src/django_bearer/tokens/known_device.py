"""The known-device token: says that this device has logged in to this account before. It authenticates nobody.

A full login issues it, and the next one sends it. It only chooses the counters of an attempt, so that attempts from
elsewhere cannot lock its owner out. Its bytes, inside the outer form of `opaque_format`:

    =========  =====  ====================================================
    field      bytes
    =========  =====  ====================================================
    version    1      2
    use        1      `Use`
    key id     8      of the key that encrypts what follows
    id         16     encrypted
    timestamp  6      encrypted
    name       16     encrypted; the keyed hash of a name, or `NO_NAME`
    state      16     encrypted; the keyed hash of password and epochs
    user       40     encrypted; the length and the primary key
    =========  =====  ====================================================

It is encrypted, so that it says nothing of the account. It ends when password or epochs change. An *unlock token* has
the same form: it is mailed to an owner who is locked out, and exchanged within two hours for a known-device token.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import IntEnum

from ..errors import KeyDecryptionFailed, MalformedToken
from ..keys.encryption import decrypt, derive, encrypt
from ..keys.keyring import KEY_ID_BYTES, RefreshKeys
from ..primitives.encoding import base64url_decode, base64url_encode, fields
from .opaque_format import assemble, body_of

KIND = "dv"
VERSION = 2
BODY_LENGTH = 178
MAX_LENGTH = 200
"""Characters of input that are looked at."""
ID_BYTES = DIGEST_BYTES = 16
USER_BYTES = 39
"""Bytes that a user's primary key has at most, as text; a longer one gets no credential."""
NO_NAME = bytes(DIGEST_BYTES)
_LABEL = b"django-bearer device v2\x00"
_HEAD = (1, 1, KEY_ID_BYTES)
_INNER = (ID_BYTES, 6, DIGEST_BYTES, DIGEST_BYTES, 1, USER_BYTES)


class Use(IntEnum):
    """What it is for; one is not taken for another. `UNLOCKED` is a token that an unlock token was exchanged for."""

    CREDENTIAL = 1
    UNLOCK = 2
    UNLOCKED = 3


@dataclass(frozen=True, slots=True)
class Device:
    """A credential taken apart. `timestamp` is when it was made (of an unlock token: when it ends), seconds since
    1970.

    `user` is the user's primary key as text, `name` the digest of a typed name that is no user's own, or `NO_NAME`.
    """

    use: Use
    key_id: bytes
    id: bytes = field(repr=False)
    user: str = field(repr=False)
    name: bytes = field(repr=False)
    state: bytes = field(repr=False)
    timestamp: int

    def encode(self, keys: RefreshKeys) -> str:
        """As text, encrypted and with its checksum. `user` is no longer than `USER_BYTES`."""
        user = self.user.encode()
        head = bytes([VERSION, self.use]) + self.key_id
        inner = self.id + self.timestamp.to_bytes(6) + self.name + self.state
        inner += bytes([len(user)]) + user.ljust(USER_BYTES, b"\x00")
        return assemble(KIND, base64url_encode(head + encrypt(inner, _LABEL + head, _key(keys))))


@dataclass(frozen=True, slots=True)
class EncryptedDevice:
    """A well-formed credential of unproven origin."""

    use: Use
    key_id: bytes
    head: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)

    def decrypt(self, keys: RefreshKeys) -> Device | None:
        """What is in it, or None when it was not made by a holder of `keys`."""
        try:
            inner = decrypt(self.ciphertext, _LABEL + self.head, [_key(keys)])
        except KeyDecryptionFailed:
            return None
        name, timestamp, typed, state, length, user = fields(inner, _INNER)
        return Device(
            self.use, self.key_id, name, user[: length[0]].decode(), typed, state, int.from_bytes(timestamp)
        )


def read(text: str) -> EncryptedDevice:
    """A credential taken apart as far as it goes without a key. Raises `MalformedToken`."""
    if len(text) > MAX_LENGTH:
        raise MalformedToken("too long")
    raw = base64url_decode(body_of(text, KIND, BODY_LENGTH))
    version, use, key_id = fields(raw, _HEAD)
    if version[0] != VERSION or use[0] not in frozenset(Use):
        raise MalformedToken("a version or use this server does not know")
    head = sum(_HEAD)
    return EncryptedDevice(Use(use[0]), key_id, raw[:head], raw[head:])


def digest(keys: RefreshKeys, device_id: bytes, label: str, *parts: bytes) -> bytes:
    """A keyed hash over `parts`, different for every device, so that two credentials cannot be compared."""
    about = b"".join(len(part).to_bytes(4) + part for part in (label.encode(), device_id, *parts))
    return hmac.digest(keys.mac, _LABEL + about, "sha256")[:DIGEST_BYTES]


def _key(keys: RefreshKeys) -> bytes:
    return derive(keys.mac, "known-device")
