"""What a trade has answered, encrypted so that only the server and the old token together can read it.

Whoever reads the database has neither; whoever has the old token alone asks the server, which says when it answers.
"""

from __future__ import annotations

import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_LABEL = b"django-bearer-migrate answer 1"


def _key(server_secret: bytes, old_token: str) -> bytes:
    return HKDF(SHA256(), 32, server_secret, _LABEL).derive(old_token.encode())


def encrypt(answer: dict[str, Any], server_secret: bytes, old_token: str) -> bytes:
    """The answer as it is stored."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key(server_secret, old_token)).encrypt(nonce, json.dumps(answer).encode(), _LABEL)


def decrypt(stored: bytes, server_secret: bytes, old_token: str) -> dict[str, Any] | None:
    """The answer again; None where it was stored for another token, or under another secret of the server."""
    try:
        text = AESGCM(_key(server_secret, old_token)).decrypt(stored[:_NONCE], stored[_NONCE:], _LABEL)
    except (InvalidTag, ValueError):
        return None
    found: dict[str, Any] = json.loads(text)
    return found
