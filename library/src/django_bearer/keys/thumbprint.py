"""A key's name, made from the key itself: the JWK thumbprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidKey
from ..primitives.encoding import base64url_encode

REQUIRED = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
    "oct": ("k", "kty"),
}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """SHA-256 thumbprint, base64url (RFC 7638 section 3; RFC 8037 section 2 for OKP).

    Only the required members count, in lexical order, so a private and a public JWK have one name.
    """
    try:
        members = {name: jwk[name] for name in REQUIRED[jwk["kty"]]}
    except (KeyError, TypeError):
        raise InvalidKey("a JWK lacks a required member") from None
    if not all(isinstance(value, str) for value in members.values()):
        raise InvalidKey("a JWK member is not text")
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    return base64url_encode(hashlib.sha256(canonical).digest())
