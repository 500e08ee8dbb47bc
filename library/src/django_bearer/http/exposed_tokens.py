"""Tokens of ours in what is refused for another reason: over plain HTTP they are exposed all the same."""

from __future__ import annotations

import re

from ..accounts import remembered_devices
from ..recovery import links
from ..sessions import limited_logins
from ..tokens import api_token, limited_token, recovery_token, refresh_token, remembered_device, ticket
from ..tokens.opaque_format import FAMILY

ENDED_ALONE = ((limited_logins.TOKENS, "login"), (links.TOKENS, "recovery"), (remembered_devices.TOKENS, "device"))
"""Tokens that cost nothing but themselves, and what the event calls them."""
MOST = 4
"""Tokens of one request that are looked at."""
_KINDS = "|".join(
    one.KIND for one in (refresh_token, api_token, limited_token, recovery_token, remembered_device, ticket)
)
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
