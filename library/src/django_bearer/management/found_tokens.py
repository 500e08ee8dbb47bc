"""Tokens in a text that somebody hands in: where they stand, each once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.views.decorators.debug import sensitive_variables

from ..tokens.opaque_format import FAMILY

_RUN = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_OPAQUE = re.compile(rf"{FAMILY}_[a-z]{{2}}_[A-Za-z0-9_-]+", re.ASCII)
_SIGNED = "eyJ"
"""What a JWT begins with: `{"` in base64url."""


def looks_like_token(text: str) -> bool:
    """Whether a word of the command line has a token in it, whole or damaged."""
    return next(_tokens_of(text), None) is not None or f"{FAMILY}_" in text


@sensitive_variables()
def tokens_in(text: str) -> tuple[list[tuple[int, str]], list[int]]:
    """The number of the line and the token, for each that stands in `text`; and the lines with words but no token.

    A token is told by its form, so a line of a log and a header will do. One that comes again is left out.
    """
    found: dict[str, int] = {}
    without = []
    for number, line in enumerate(text.splitlines(), 1):
        here = list(_tokens_of(line))
        for token in here:
            found.setdefault(token, number)
        if line.strip() and not here:
            without.append(number)
    return [(number, token) for token, number in found.items()], without


@sensitive_variables()
def _tokens_of(line: str) -> Iterator[str]:
    """The tokens of a line, in time that grows with its length alone: a log has what anybody has sent."""
    for run in _RUN.findall(line):
        yield from _OPAQUE.findall(run)
        parts = run.split(".")
        at = 0
        while at + 2 < len(parts):
            begin = parts[at].find(_SIGNED)
            if begin >= 0 and parts[at + 2]:
                yield f"{parts[at][begin:]}.{parts[at + 1]}.{parts[at + 2]}"
                at += 3
            else:
                at += 1
