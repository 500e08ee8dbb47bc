"""The list of what is revoked before its time, and how an entry is named."""

from __future__ import annotations

import hashlib

from .. import clock
from ..models import RevokedToken
from . import place

Kind = RevokedToken.Kind


def digest(kind: str, identifier: str) -> bytes:
    """The name of an entry: SHA-256 over kind and identifier, so one index answers for every kind."""
    return hashlib.sha256(f"{kind}:{identifier}".encode()).digest()


def add(kind: str, identifier: str, forget_at: int, cause: str) -> bool:
    """Revoke one token, session or key until `forget_at` (microseconds); False when it already was."""
    _, created = RevokedToken.objects.using(place.alias()).get_or_create(
        digest=digest(kind, identifier),
        defaults={
            "kind": kind,
            "identifier": identifier,
            "cause": cause,
            "revoked_at": clock.now(),
            "forget_at": forget_at,
        },
    )
    return bool(created)


def contains(*digests: bytes) -> bool:
    """Whether any of these entries is on the list."""
    return RevokedToken.objects.using(place.alias()).filter(digest__in=digests).exists()
