"""Proof that whoever ends a handover is whoever began it: a verifier and its challenge (RFC 7636), S256 alone.

In a browser a state cookie says the same of the browser: its secret never reaches a script, and its digest is public.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from ..errors import MalformedToken
from ..primitives import randomness
from ..primitives.encoding import base64url_decode, base64url_encode

METHOD = "S256"
MAX_LENGTH = 128
CHALLENGE_LENGTH = 43
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
"""RFC 7636 section 4.1."""


def challenge_of(verifier: str) -> str:
    """The challenge of a verifier (RFC 7636 section 4.2). Raises `MalformedToken`."""
    if not _VERIFIER.fullmatch(verifier):
        raise MalformedToken("a verifier is 43 to 128 letters, digits and . _ ~ -")
    return base64url_encode(hashlib.sha256(verifier.encode("ascii")).digest())


def is_challenge(text: str) -> bool:
    """Whether a text is what `challenge_of` or `state_of` returns: 256 bits in base64url."""
    return bool(digest_in(text))


def digest_in(text: str) -> bytes:
    """The 32 bytes of a challenge or a state; empty for any other text."""
    if len(text) != CHALLENGE_LENGTH:
        return b""
    try:
        return base64url_decode(text)
    except MalformedToken:
        return b""


def is_proved(verifier: str, challenge: str) -> bool:
    """Whether a verifier is that of a challenge. An empty challenge is nobody's."""
    try:
        return bool(challenge) and hmac.compare_digest(challenge_of(verifier), challenge)
    except MalformedToken:
        return False


def new_state() -> tuple[str, str]:
    """The secret of a state cookie, and the state that its holder may show to everybody."""
    secret = base64url_encode(randomness.secret())
    return secret, state_of(secret)


def state_of(secret: str) -> str:
    """The state of a state cookie; empty where the cookie is malformed."""
    raw = digest_in(secret)
    return base64url_encode(hashlib.sha256(raw).digest()) if raw else ""
