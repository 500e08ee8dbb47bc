"""The password's fingerprint: how a session notices a changed password without knowing it."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.hashers import is_password_usable

UNUSABLE = hashlib.sha256(b"django-bearer unusable password").digest()
"""Every unusable password is one: Django fills them with a random string that means nothing."""


def fingerprint(user: Any) -> bytes:
    """SHA-256 of the encoded hash. It needs no key: the encoded hash is salted, and lies in the same database."""
    encoded = getattr(user, "password", "") or ""
    return of_encoded(encoded)


def of_encoded(encoded: str) -> bytes:
    """The fingerprint of an encoded password hash."""
    if not is_password_usable(encoded):
        return UNUSABLE
    return hashlib.sha256(encoded.encode()).digest()
