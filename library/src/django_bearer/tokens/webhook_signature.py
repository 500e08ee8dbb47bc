"""The signature of a webhook's message, by the convention Standard Webhooks, for which receivers find libraries."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence


def sign(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The signatures by each secret, with spaces between. `timestamp` is in seconds since 1970.

    The timestamp is signed, so that a receiver can refuse what somebody recorded and sends again.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
