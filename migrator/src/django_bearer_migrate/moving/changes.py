"""Changes to a project's files: shown as diffs, or written. No file is deleted."""

from __future__ import annotations

import difflib
import os
import tokenize
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
    staged: dict[Path, Path] = field(default_factory=dict)

    def read(self, path: Path) -> str:
        """The text of a file as it will be. Raises `Unreadable`."""
        return self.texts[path] if path in self.texts else source(path)

    def put(self, path: Path, text: str) -> None:
        """Give a file a new text."""
        if text != self.read(path):
            self.texts[path] = text

    def diffs(self) -> Iterator[str]:
        """A unified diff for each file that changes."""
        for path, text in sorted(self.texts.items()):
            name = path.relative_to(self.folder).as_posix()
            before = source(path).splitlines(keepends=True)
            yield "".join(difflib.unified_diff(before, text.splitlines(keepends=True), f"a/{name}", f"b/{name}"))

    def stage(self) -> None:
        """Write the new texts beside their files, so that what cannot be written is known before a change.

        Raises `OSError` or `UnicodeEncodeError`; nothing is left behind then.
        """
        try:
            for path, text in self.texts.items():
                self.staged[path] = beside = path.with_name(f".{path.name}.bearer_migrate")
                beside.write_bytes(text.encode(encoding(path)))
                os.chmod(beside, path.stat().st_mode)
        except (OSError, UnicodeEncodeError):
            self.discard()
            raise

    def discard(self) -> None:
        """Remove what was staged and not written."""
        for beside in self.staged.values():
            beside.unlink(missing_ok=True)
        self.staged.clear()

    def write(self) -> None:
        """Write what has changed. A file is replaced whole, so that none is ever half written."""
        if not self.staged:
            self.stage()
        for path, beside in self.staged.items():
            os.replace(beside, path)
        self.staged.clear()


class Unreadable(ValueError):
    """A file that is not in the encoding it names, so that Python cannot read it either."""


def encoding(path: Path) -> str:
    """The encoding of a file of Python source: what its first lines name, else UTF-8 (PEP 263)."""
    with path.open("rb") as file:
        try:
            return tokenize.detect_encoding(file.readline)[0]
        except (SyntaxError, UnicodeDecodeError) as error:
            raise Unreadable(str(error)) from error


def source(path: Path) -> str:
    """The text of a file of Python source, with its own line ends."""
    try:
        with path.open(encoding=encoding(path), newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise Unreadable(str(error)) from error


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
