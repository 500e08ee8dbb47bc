"""The lines of code a finding points at, for the reports that show them."""

from __future__ import annotations

import re
from pathlib import Path

from django_bearer_audit.finding import Place
from django_bearer_audit.reading import read
from django_bearer_audit.report.plain import plain

_MOST = 6
_WIDTH = 120
_ENDS = re.compile("\r\n|\r|\n")


class Frames:
    """The code at a place; each file is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path, self._lines = "", [""]

    def of(self, place: Place) -> tuple[tuple[int, str], ...]:
        """(number, text) of the first lines; nothing when the file cannot be read."""
        if place.path != self._path:
            self._path, self._lines = place.path, self._read(place.path)
        last = min(place.line_end, place.line_start + _MOST - 1, len(self._lines))
        lines = range(place.line_start, last + 1)
        return tuple((number, plain(self._lines[number - 1].expandtabs(4)[:_WIDTH])) for number in lines)

    def _read(self, path: str) -> list[str]:
        try:
            text = read(self._root, path).decode("utf-8", "replace")
        except OSError:
            return []
        lines = _ENDS.split(text)
        return lines[:-1] if lines[-1] == "" else lines


def hidden(place: Place) -> int:
    """How many lines of the place the frame leaves out."""
    return max(0, place.line_end - place.line_start + 1 - _MOST)
