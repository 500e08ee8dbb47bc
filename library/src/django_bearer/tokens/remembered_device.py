"""The remembered-device token: on this device a password alone logs in a user who has shown a second factor there.

It is another thing than a known-device token, which only chooses a counter: kind, key and label are its own, so that
one is never taken for the other. Its bytes, inside the outer form of `opaque_format`:

    =========  =====  ====================================================
    field      bytes
    =========  =====  ====================================================
    version    1      1
    delivery   1      `TokenDelivery`: a page's cookie, or a body
    key id     8      of the key behind `mac`
    secret     32
    mac        16     over all that comes before it, and the issuer
    =========  =====  ====================================================

The database keeps the SHA-256 of the secret, so that a device can be listed and ended. The MAC proves that we made
the token: whoever writes to the database remembers no device by it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from ..errors import MalformedToken
from ..keys.encryption import derive
from ..keys.keyring import KEY_ID_BYTES, RefreshKeys
from ..primitives import randomness
from ..primitives.encoding import base64url_decode, base64url_encode, fields
from .opaque_format import assemble, body_of
from .refresh_token import TokenDelivery

KIND = "rd"
VERSION = 1
BODY_LENGTH = 78
MAX_LENGTH = 96
"""Characters of input that are looked at."""
SECRET_BYTES, MAC_BYTES = 32, 16
_LABEL = b"django-bearer remembered device v1\x00"
_PARTS = (1, 1, KEY_ID_BYTES, SECRET_BYTES, MAC_BYTES)


@dataclass(frozen=True, slots=True)
class RememberedDeviceToken:
    """A well-formed token of unproven origin."""

    delivery: TokenDelivery
    key_id: bytes
    digest: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    def is_proven(self, keys: RefreshKeys, issuer: str) -> bool:
        """Whether a holder of `keys` made it for this issuer."""
        return hmac.compare_digest(self.mac, _mac(keys, issuer, self.signed))


def new(keys: RefreshKeys, issuer: str, delivery: TokenDelivery) -> tuple[str, bytes]:
    """A token of 256 random bits for one issuer and delivery, and the digest that the row stores."""
    secret = randomness.secret()
    signed = bytes([VERSION, delivery]) + keys.key_id + secret
    return assemble(KIND, base64url_encode(signed + _mac(keys, issuer, signed))), hashlib.sha256(secret).digest()


def read(text: str) -> RememberedDeviceToken:
    """A token taken apart. Raises `MalformedToken`, before any query."""
    if len(text) > MAX_LENGTH:
        raise MalformedToken("too long")
    raw = base64url_decode(body_of(text, KIND, BODY_LENGTH))
    version, delivery, key_id, secret, mac = fields(raw, _PARTS)
    if version[0] != VERSION or delivery[0] not in frozenset(TokenDelivery):
        raise MalformedToken("a version or delivery this server does not know")
    digest = hashlib.sha256(secret).digest()
    return RememberedDeviceToken(TokenDelivery(delivery[0]), key_id, digest, raw[:-MAC_BYTES], mac)


def digest_of(text: str) -> bytes:
    """The digest of a token. Raises `MalformedToken`."""
    return read(text).digest


def _mac(keys: RefreshKeys, issuer: str, signed: bytes) -> bytes:
    key = derive(keys.mac, "remembered-device")
    return hmac.digest(key, _LABEL + signed + issuer.encode(), "sha256")[:MAC_BYTES]
