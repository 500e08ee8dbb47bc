"""Refresh tokens that this issuer made: recognised by the MAC, without a query."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from ..database import signing_keys
from ..errors import MalformedToken
from ..keys.keyring import KeyRing
from ..tokens.refresh_token import Presented, RefreshToken, read


@sensitive_variables()
def prove(text: str, issuer: str) -> RefreshToken | None:
    """The refresh token in `text` if this issuer made it, of whatever generation; None for anything else."""
    try:
        presented = read(text)
    except MalformedToken:
        return None
    ring = signing_keys.ring(issuer)
    if presented.token.key_id not in ring.refresh:
        ring = signing_keys.reload_ring(issuer)
    return presented.token if is_issued(presented, ring) else None


@sensitive_variables()
def is_of_another_issuer(text: str, issuer: str) -> bool:
    """Whether `text` is well formed and names a key that this issuer does not have: somebody else made it."""
    try:
        key_id = read(text).token.key_id
    except MalformedToken:
        return False
    return key_id not in signing_keys.ring(issuer).refresh and key_id not in signing_keys.reload_ring(issuer).refresh


@sensitive_variables()
def presented_token(text: str, ring: KeyRing) -> tuple[RefreshToken | None, bool]:
    """The refresh token in `text`, None where it has not the form of one, and whether a key of `ring` made it."""
    try:
        presented = read(text)
    except MalformedToken:
        return None, False
    return presented.token, is_issued(presented, ring)


def is_issued(presented: Presented, ring: KeyRing) -> bool:
    """Whether a key of `ring` made this token."""
    secrets = ring.refresh.get(presented.token.key_id)
    return secrets is not None and presented.is_issued_by(secrets)
