"""Tokens of ours in what is refused for another reason: over plain HTTP they are exposed all the same."""

from __future__ import annotations

import re

from ..tokens import api_token, limited_token, recovery_token, refresh_token, ticket
from ..tokens.opaque_format import FAMILY

MOST = 4
"""Tokens of one request that are looked at."""
_KINDS = "|".join(one.KIND for one in (refresh_token, api_token, limited_token, recovery_token, ticket))
_SHAPE = re.compile(
    rf"{FAMILY}_(?:{_KINDS})_[A-Za-z0-9_-]+"
    r"|eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
    re.ASCII,
)


def tokens_in(text: str) -> list[str]:
    """What looks like a token of ours, at most `MOST` of them, each once. They are not yet verified."""
    found: dict[str, None] = {}
    for match in _SHAPE.finditer(text):
        found[match[0]] = None
        if len(found) == MOST:
            break
    return list(found)
