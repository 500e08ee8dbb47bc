"""Logouts with refresh tokens of simplejwt that no table of that package notes, where it has no blacklist.

simplejwt answers such a logout with 200 and ends nothing. Here the token's id is noted until the token expires.
"""

from __future__ import annotations

import hashlib

from . import clock
from .models import EndedToken


def note(token_id: str, expires_at: int) -> bool:
    """End a token. `expires_at` is in seconds since 1970. False where it was ended before."""
    if has(token_id):
        return False
    EndedToken.objects.bulk_create(
        [EndedToken(token_digest=_digest(token_id), expires_at=expires_at)], ignore_conflicts=True
    )
    return True


def has(token_id: str) -> bool:
    """Whether a token was ended."""
    return EndedToken.objects.filter(token_digest=_digest(token_id)).exists()


def purge() -> int:
    """Delete what has expired. Returns how many."""
    return EndedToken.objects.filter(expires_at__lt=clock.seconds()).delete()[0]


def _digest(token_id: str) -> str:
    return hashlib.sha256(token_id.encode()).hexdigest()
