"""The device credential: says that this device has logged in to this account before, and opens nothing.

It is handed out at a full login and shown at the next one. All it buys is a bucket of attempts of its own, so that
whoever hammers an account from elsewhere cannot lock its owner out. Its bytes, inside the outer form of `opaque`:

    version 1 | use 1 | key id 8 | id 16 | account 16 | moment 6 | MAC 32

A *pass* has the same form and lives minutes: it is mailed to an owner who is locked out, and traded for a credential.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import IntEnum

from ..encoding import base64url_decode, base64url_encode, fields
from ..errors import Malformed
from ..keys.keyring import KEY_ID_BYTES, RefreshKeys
from .opaque import assemble, body_of

KIND = "dv"
VERSION = 1
BODY_LENGTH = 107
MAX_LENGTH = 160
"""Characters of input that are looked at."""
ID_BYTES = 16
_LABEL = b"django-bearer device v2\x00"
_FIELDS = (1, 1, KEY_ID_BYTES, ID_BYTES, 16, 6, 32)


class Use(IntEnum):
    """What it is for; the two are not taken for one another."""

    CREDENTIAL = 1
    PASS = 2


@dataclass(frozen=True, slots=True)
class Device:
    """A device credential taken apart. `moment` is when it was made (a pass: when it ends), seconds since 1970."""

    use: Use
    key_id: bytes
    id: bytes = field(repr=False)
    account: bytes
    moment: int

    def encode(self, keys: RefreshKeys) -> str:
        """As text, with its MAC and checksum."""
        signed = self._signed()
        return assemble(KIND, base64url_encode(signed + _mac(keys, signed)))

    def _signed(self) -> bytes:
        return bytes([VERSION, self.use]) + self.key_id + self.id + self.account + self.moment.to_bytes(6)


@dataclass(frozen=True, slots=True)
class Presented:
    """A well-formed credential of unproven origin."""

    device: Device
    signed: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    def is_issued_by(self, keys: RefreshKeys) -> bool:
        """Whether a holder of `keys` made it."""
        return hmac.compare_digest(_mac(keys, self.signed), self.mac)


def read(text: str) -> Presented:
    """A credential taken apart. Raises `Malformed` for noise; whether we issued it is not yet known."""
    if len(text) > MAX_LENGTH:
        raise Malformed("too long")
    raw = base64url_decode(body_of(text, KIND, BODY_LENGTH))
    version, use, key_id, name, account, moment, mac = fields(raw, _FIELDS)
    if version[0] != VERSION or use[0] not in frozenset(Use):
        raise Malformed("a version or use this server does not know")
    device = Device(Use(use[0]), key_id, name, account, int.from_bytes(moment))
    return Presented(device, raw[:-32], mac)


def account_name(keys: RefreshKeys, issuer: str, account: str) -> bytes:
    """How an account is named in a credential: a keyed hash, so that it tells its holder nothing."""
    return hmac.digest(keys.mac, _LABEL + b"account\x00" + f"{issuer}\x00{account}".encode(), "sha256")[:16]


def _mac(keys: RefreshKeys, signed: bytes) -> bytes:
    return hmac.digest(keys.mac, _LABEL + signed, "sha256")
