"""A client's id and secret in an HTTP Basic header, each form-encoded before the two are joined (RFC 6749 2.3.1)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from django.views.decorators.debug import sensitive_variables

MAX_HEADER = 1024
_SCHEME = re.compile(r"basic +(?P<rest>[A-Za-z0-9+/]+=*)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """A client's id and secret, not yet checked."""

    client_id: str
    secret: str = field(repr=False)


@sensitive_variables()
def read(header: str) -> Named | None:
    """What a Basic header names, or None for another scheme and for anything that is not base64 of two halves."""
    match = _SCHEME.fullmatch(header.strip(" \t")) if len(header) <= MAX_HEADER else None
    if match is None:
        return None
    try:
        text = base64.b64decode(match["rest"], validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    client_id, colon, secret = text.partition(":")
    return Named(unquote_plus(client_id), unquote_plus(secret)) if colon else None
