"""Finding the bearer token in a request: one Authorization header, and nowhere else (RFC 6750 section 2)."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from ..errors import Failure, InvalidRequest, InvalidToken, MultipleCredentials

MAX_HEADER = 8192 + 16
"""Characters of an Authorization header that are looked at (RFC 9110 section 5.4)."""
MAX_FORM = 65_536
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_SCHEME = re.compile(r"bearer(?: +(?P<rest>.*))?", re.ASCII | re.IGNORECASE | re.DOTALL)
_JOINED = re.compile(
    r"^bearer .*,[ \t]*[\w!#-'*+.^`|~-]+ |,[ \t]*bearer(?: |$)", re.ASCII | re.IGNORECASE | re.DOTALL
)
"""A second credential after a comma, which is how servers join repeated lines (RFC 9110 section 5.3)."""
_QUOTED = re.compile(r'"[^"]*"')
PARAMETER = "access_token"
_USUAL = "Bearer "
_TWICE = f"a token in the header and {PARAMETER} in the query or form"


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token of the right form, not yet verified."""

    token: str = field(repr=False)
    scheme: str = "bearer"
    """The scheme it came with, in lower case: another one for a credential of another package."""


@dataclass(frozen=True, slots=True)
class TokenSources:
    """Where a request could carry a token: its Authorization header lines, its query string, its form body."""

    authorization: tuple[str, ...] = field(default=(), repr=False)
    query: str = field(default="", repr=False)
    form: bytes = field(default=b"", repr=False)


def read(carriers: TokenSources) -> Bearer | Failure | None:
    """The token in the Authorization header; None when there is none; a `Failure` for anything ambiguous.

    The scheme compares without case, the token with (RFC 9110 section 11.1). A token in the query or a form is never
    taken, and beside one in the header it is refused, since two tokens could disagree (RFC 6750 sections 2 and 2.3).
    """
    usual = of_usual_form(carriers.authorization[0]) if len(carriers.authorization) == 1 else None
    if usual is not None:
        return Failure(MultipleCredentials, _TWICE) if names_a_token(carriers) else usual
    lines = [line.strip(" \t\r\n") for line in carriers.authorization]
    if len([line for line in lines if line]) > 1:
        return Failure(MultipleCredentials, "more than one Authorization header")
    header = "".join(lines)
    if len(header) > MAX_HEADER and ("," in header or _begins_as_bearer(header)):  # a ticket of Kerberos is longer
        return Failure(InvalidRequest, f"the Authorization header is longer than {MAX_HEADER} characters")
    if "," in header and _JOINED.search(_QUOTED.sub("", header)):
        return Failure(MultipleCredentials, "several credentials in the Authorization header")
    match = _SCHEME.fullmatch(header)
    if match is None:
        return None
    if names_a_token(carriers):
        return Failure(MultipleCredentials, _TWICE)
    token = match["rest"] or ""
    if not _TOKEN.fullmatch(token):
        return Failure(InvalidToken, "what follows Bearer is not a token (RFC 6750 section 2.1)")
    return Bearer(token)


def of_usual_form(header: str) -> Bearer | None:
    """The token of a header of the usual spelling, with a token and nothing else; None for every other header."""
    if not header.startswith(_USUAL) or len(header) > MAX_HEADER or not _TOKEN.fullmatch(header, len(_USUAL)):
        return None
    return Bearer(header[len(_USUAL) :])


def _begins_as_bearer(header: str) -> bool:
    return header[:6].lower() == "bearer"


def declared_length(meta: Mapping[str, object]) -> int:
    """The length a request declares for its body: 0 for none, more than any body may have for nonsense."""
    text = str(meta.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else sys.maxsize


def names_a_token(carriers: TokenSources) -> bool:
    """Whether the query or the form names a token."""
    return names_one(carriers.query) or names_one(carriers.form[:MAX_FORM].decode("latin-1"))


def names_one(encoded: str) -> bool:
    """Whether this query or form names a token."""
    if PARAMETER not in encoded and "%" not in encoded:
        return False
    try:
        return any(name == PARAMETER for name, _ in parse_qsl(encoded, keep_blank_values=True, max_num_fields=1000))
    except ValueError:
        return True
