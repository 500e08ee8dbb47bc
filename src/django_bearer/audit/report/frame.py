"""The lines of code a finding points at, for the reports that show them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django_bearer.audit.finding import Place

_MOST = 6
_WIDTH = 120


def frame(place: Place, root: Path) -> Iterator[tuple[int, str]]:
    """(number, text) of the first lines; nothing when the file cannot be read."""
    try:
        source = (root / place.path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    last = min(place.line_end, place.line_start + _MOST - 1, len(source))
    for number in range(place.line_start, last + 1):
        yield number, source[number - 1][:_WIDTH]


def hidden(place: Place) -> int:
    """How many lines of the place the frame leaves out."""
    return max(0, place.line_end - place.line_start + 1 - _MOST)
