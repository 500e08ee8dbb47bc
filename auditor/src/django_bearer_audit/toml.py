"""Parses TOML that somebody else wrote: in bounded time, and with one kind of error."""

from __future__ import annotations

import tomllib
from typing import Any

_MAX_DOTS = 200
"""On one line: the parser's time grows with the square of the parts of a dotted key."""


class TooMuch(ValueError):
    """Valid perhaps, and not read: it would take the parser too long or too deep."""


def parsed(text: str) -> dict[str, Any]:
    """The tables of a document. Raises `ValueError`, of which `TooMuch` is one kind."""
    if any(line.count(".") > _MAX_DOTS for line in text.splitlines()):
        raise TooMuch(f"a line has more than {_MAX_DOTS} dots")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TooMuch("nested too deeply") from None
