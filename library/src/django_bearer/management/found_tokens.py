"""Tokens in a text that somebody hands in: where they stand, each once."""

from __future__ import annotations

import re

from django.views.decorators.debug import sensitive_variables

from ..tokens.opaque_format import FAMILY

_TOKEN = re.compile(
    rf"{FAMILY}_[a-z]{{2}}_[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+", re.ASCII
)


def looks_like_token(text: str) -> bool:
    """Whether a word of the command line has a token in it, whole or damaged."""
    return _TOKEN.search(text) is not None or f"{FAMILY}_" in text


@sensitive_variables()
def tokens_in(text: str) -> tuple[list[tuple[int, str]], list[int]]:
    """The number of the line and the token, for each that stands in `text`; and the lines with words but no token.

    A token is told by its form, so a line of a log and a header will do. One that comes again is left out.
    """
    found: dict[str, int] = {}
    without = []
    for number, line in enumerate(text.splitlines(), 1):
        here = _TOKEN.findall(line)
        for token in here:
            found.setdefault(token, number)
        if line.strip() and not here:
            without.append(number)
    return [(number, token) for token, number in found.items()], without
