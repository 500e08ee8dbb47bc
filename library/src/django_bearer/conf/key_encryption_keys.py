"""How `KEY_ENCRYPTION_KEYS` is read: the keys that encrypt stored keys, by default those of `SECRET_KEY`."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings

from ..keys.encryption import derive
from ..primitives.encoding import base64url_decode
from . import readers


def secret_key_encryption_keys() -> tuple[bytes, ...]:
    """The key-encryption keys of `SECRET_KEY` and its fallbacks, which are used where no others are set."""
    secrets = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    return tuple(derive(as_bytes(secret), "key-encryption") for secret in secrets)


BY_SECRET_KEY = "SECRET_KEY"
"""In `KEY_ENCRYPTION_KEYS`: the keys of `SECRET_KEY`, while a project goes from these to keys of its own."""


def read(value: Any) -> tuple[bytes, ...]:
    """The keys as bytes, the newest first."""
    if value is None:
        return secret_key_encryption_keys()
    found: list[bytes] = []
    for key in readers.texts(value):
        found += secret_key_encryption_keys() if key == BY_SECRET_KEY else [base64url_decode(key)]
    if not found or any(len(key) != 32 for key in found):
        raise readers.refuse(f"a list of 32-byte keys in base64url, or {BY_SECRET_KEY!r}, the newest first.")
    return tuple(found)


def as_bytes(secret: str | bytes) -> bytes:
    """A secret of Django's settings, which may be of either type."""
    return secret if isinstance(secret, bytes) else secret.encode()
