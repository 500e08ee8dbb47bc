"""The outer form of our opaque tokens: a prefix that names the kind, a body, a checksum.

    djb_rt_<body><six base62 digits of CRC-32 over prefix and body>

The prefix and checksum let a secret scanner find a leaked token, and let the server refuse malformed tokens without a
query.
"""

from __future__ import annotations

import hmac
import re
from functools import lru_cache

from ..errors import MalformedToken
from ..primitives.encoding import CHECKSUM_LENGTH, checksum

FAMILY = "djb"


def assemble(kind: str, body: str) -> str:
    """The token of that kind around `body` (base64url text)."""
    text = f"{FAMILY}_{kind}_{body}"
    return text + checksum(text)


def body_of(token: str, kind: str, length: int) -> str:
    """The body inside a token of that kind whose body is `length` characters long.

    Raises `MalformedToken` for another kind, length, alphabet or checksum.
    """
    if not pattern(kind, length).fullmatch(token):
        raise MalformedToken(f"not of the form of a {kind} token")
    text, check = token[:-CHECKSUM_LENGTH], token[-CHECKSUM_LENGTH:]
    if not hmac.compare_digest(checksum(text), check):
        raise MalformedToken("the checksum does not fit")
    return text[len(FAMILY) + len(kind) + 2 :]


@lru_cache(maxsize=64)
def pattern(kind: str, length: int) -> re.Pattern[str]:
    """The regular expression of a whole token of that kind; docs/reference/tokens.md publishes it."""
    return re.compile(rf"{FAMILY}_{kind}_[A-Za-z0-9_-]{{{length}}}[0-9A-Za-z]{{{CHECKSUM_LENGTH}}}", re.ASCII)
