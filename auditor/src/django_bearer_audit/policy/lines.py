"""The lines of audited files, read once for fingerprints and suppressions."""

from __future__ import annotations

from pathlib import Path

from django_bearer_audit.reading import read


class Lines:
    """Text by path; a file that cannot be read has none."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, path: str) -> tuple[str, ...]:
        if path not in self._known:
            self._known[path] = tuple(self.text(path).splitlines())
        return self._known[path]

    def text(self, path: str) -> str:
        try:
            return read(self._root, path).decode("utf-8", "replace")
        except OSError:
            return ""
