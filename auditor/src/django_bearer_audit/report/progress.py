"""A bar on the terminal while the rules run; silent where nobody watches."""

from __future__ import annotations

import sys
from typing import TextIO

from django_bearer_audit.report.plain import plain

_WIDTH = 24
_LINE = 78


class Progress:
    """Called before each rule; `close` wipes the line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._on = self._stream.isatty()

    def __call__(self, done: int, of: int, what: str) -> None:
        if self._on:
            filled = _WIDTH * done // max(1, of)
            line = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{of} {plain(what)}"
            self._stream.write("\r" + line[:_LINE].ljust(_LINE))
            self._stream.flush()

    def close(self) -> None:
        if self._on:
            self._stream.write("\r" + " " * _LINE + "\r")
            self._stream.flush()
