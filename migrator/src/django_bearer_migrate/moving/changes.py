"""Changes to a project's files: shown as diffs, or written. No file is deleted."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SKIPPED = frozenset({"node_modules", "site-packages", "venv", "env", "dist", "build", "__pycache__", "migrations"})
MAX_BYTES = 1_000_000
"""A longer file is not read: nobody wrote it."""


@dataclass
class Changes:
    """The new text of files of a project, by path."""

    folder: Path
    texts: dict[Path, str] = field(default_factory=dict)

    def read(self, path: Path) -> str:
        """The text of a file as it will be."""
        if path not in self.texts:
            with path.open(encoding="utf-8", newline="") as file:
                return file.read()
        return self.texts[path]

    def put(self, path: Path, text: str) -> None:
        """Give a file a new text."""
        if text != self.read(path):
            self.texts[path] = text

    def diffs(self) -> Iterator[str]:
        """A unified diff for each file that changes."""
        for path, text in sorted(self.texts.items()):
            name = path.relative_to(self.folder).as_posix()
            before = path.read_text(encoding="utf-8").splitlines(keepends=True)
            yield "".join(difflib.unified_diff(before, text.splitlines(keepends=True), f"a/{name}", f"b/{name}"))

    def write(self) -> None:
        """Write what has changed. A file is replaced whole, so that none is ever half written."""
        for path, text in self.texts.items():
            beside = path.with_name(f".{path.name}.bearer_migrate")
            with beside.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.chmod(beside, path.stat().st_mode)
            os.replace(beside, path)


def files(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    """The project's own files with these suffixes, in the order of their paths. Links are not followed."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
        if (Path(place) / "pyvenv.cfg").exists():
            folders[:] = []
            continue
        for name in sorted(names):
            path = Path(place) / name
            if path.suffix in suffixes and not path.is_symlink() and path.stat().st_size <= MAX_BYTES:
                yield path
