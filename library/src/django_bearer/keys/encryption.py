"""Encryption of keys for storage: authenticated encryption, so that a row forged or edited in SQL does not exist."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import KeyDecryptionFailed

NONCE_BYTES = 12
FORMAT = b"\x01"
"""First byte of what is encrypted; a later format gets the next number."""


def derive(secret: bytes, label: str, length: int = 32) -> bytes:
    """A key for one purpose from a secret: HKDF-SHA256 (RFC 5869) with the purpose as info."""
    return HKDF(SHA256(), length, salt=None, info=b"django-bearer:" + label.encode()).derive(secret)


def encrypt(plain: bytes, about: bytes, key: bytes) -> bytes:
    """`plain` encrypted and bound to `about` (associated data) under a 32-byte key (RFC 8439)."""
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, about)


def decrypt(encrypted: bytes, about: bytes, keys: Sequence[bytes]) -> bytes:
    """The plain bytes, tried with each key in turn. Raises `KeyDecryptionFailed` when no key decrypts them."""
    if encrypted[:1] != FORMAT or len(encrypted) <= 1 + NONCE_BYTES:
        raise KeyDecryptionFailed("a stored key has a format this version does not know")
    nonce, ciphertext = encrypted[1 : 1 + NONCE_BYTES], encrypted[1 + NONCE_BYTES :]
    for key in keys:
        try:
            return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, about)
        except InvalidTag:
            continue
    raise KeyDecryptionFailed("a stored key opens with none of the key-encryption keys, or its row was altered")
