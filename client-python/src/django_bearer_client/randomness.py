"""The one place that reads randomness."""

from __future__ import annotations

import secrets


def retry_key() -> str:
    """A key of 192 bits for one refresh; it authenticates nobody by itself."""
    return secrets.token_urlsafe(24)


def chance() -> float:
    """A number from 0 up to 1."""
    return secrets.randbelow(1_000_000) / 1_000_000
