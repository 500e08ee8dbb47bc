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
_BEGUN = re.compile(rf"{FAMILY}_[a-z]{{2}}_|eyJ(hbGciOi|0eXAiOi|raWQiOi)", re.ASCII)
"""What a token begins with, opaque or a JWT whose header begins with `alg`, `typ` or `kid`."""


def looks_like_token(text: str) -> bool:
    """Whether a word of the command line has a token in it, whole or damaged."""
    return next(_tokens_of(text), None) is not None or f"{FAMILY}_" in text


@sensitive_variables()
def tokens_in(text: str) -> tuple[list[tuple[int, str]], list[int], int]:
    """Each token with the number of its line; the lines with a damaged one alone; how many others have no token.

    A token is told by its form, so a line of a log and a header will do. One that comes again is left out. A line
    with the beginning of a token and no whole one is damaged. Empty lines do not count.
    """
    found: dict[str, int] = {}
    damaged, without = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        here = list(_tokens_of(line))
        for token in here:
            found.setdefault(token, number)
        if here or not line.strip():
            continue
        if _BEGUN.search(line):
            damaged.append(number)
        else:
            without += 1
    return [(number, token) for token, number in found.items()], damaged, without


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
