"""The list of what is revoked before its time, and how an entry is named."""

from __future__ import annotations

import hashlib

from ..models import RevokedToken
from ..primitives import clock
from . import aliases

RevocationKind = RevokedToken.Kind
MAX_CAUSE = 40
"""Characters of a cause that are kept, in every table that has one."""


def stored_cause(cause: str) -> str:
    """What is kept of a project's words for a revocation: a string that no database refuses."""
    return cause.encode(errors="replace").decode().replace("\x00", "")[:MAX_CAUSE]


def digest(kind: str, identifier: str) -> bytes:
    """The name of an entry: SHA-256 over kind and identifier, so one index answers for every kind."""
    return hashlib.sha256(f"{kind}:{identifier}".encode()).digest()


def add(kind: str, identifier: str, expires_at: int, cause: str) -> bool:
    """Revoke one token, session or key until `expires_at` (microseconds); False when it already was."""
    _, created = RevokedToken.objects.using(aliases.sessions_alias()).get_or_create(
        digest=digest(kind, identifier),
        defaults={
            "kind": kind,
            "identifier": identifier,
            "cause": cause,
            "revoked_at": clock.now(),
            "expires_at": expires_at,
        },
    )
    return bool(created)


def contains(*digests: bytes) -> bool:
    """Whether any of these entries is on the list."""
    return RevokedToken.objects.using(aliases.sessions_alias()).filter(digest__in=digests).exists()
