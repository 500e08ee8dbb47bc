"""Where else a key may lie in clear: files that a repository tracks, compose files, and samples of `.env` files."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from . import private_keys

MAX_UP = 6
"""Folders above the settings in which the repository is looked for."""
MAX_FILE, MAX_ALL = 1_000_000, 64_000_000
"""Bytes of one file, and of all files, that are read."""
BINARY = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".ico",
        ".svg",
        ".pdf",
        ".woff",
        ".woff2",
        ".ttf",
        ".zip",
        ".gz",
        ".mo",
    ]
)
SAMPLES = ("example", "sample", "dist", "template")
SHARED = ("docker-compose*.y*ml", "compose*.y*ml", "Dockerfile*", *(f"*env.{each}" for each in SAMPLES))
"""Files that are meant to be shared. `.env` and `.env.production` are where a key belongs, unless tracked."""
_VERSIONS = (2, 3)


@lru_cache(maxsize=8)
def holds(folder: Path, key: bytes) -> Path | None:
    """The file that holds this key literally, of those that others may read; None where none does. Asked once."""
    return _first(folder, lambda text: key in text) if key else None


@lru_cache(maxsize=8)
def holds_private(folder: Path, public: bytes) -> Path | None:
    """The file that holds the private key of a public one, however it is written. Asked once."""
    return _first(folder, lambda text: private_keys.signs_for(text, public))


def _first(folder: Path, found: Callable[[bytes], bool]) -> Path | None:
    left = MAX_ALL
    for path in published(folder):
        try:
            if path.is_symlink() or path.stat().st_size > MAX_FILE:
                continue
            text = path.read_bytes()
        except OSError:
            continue
        left -= len(text)
        if left < 0:
            return None
        if found(text):
            return path
    return None


def published(folder: Path) -> Iterator[Path]:
    """What the repository around a folder tracks; without one, the files beside the project that are meant to be
    shared."""
    root = repository(folder)
    if root is not None:
        for name in tracked(index_of(root)):
            path = root / name
            if path.suffix.lower() not in BINARY:
                yield path
        return
    for place in {folder, folder.parent}:
        for pattern in SHARED:
            yield from place.glob(pattern)


def repository(folder: Path) -> Path | None:
    """The folder of the repository that a folder lies in."""
    for place in [folder, *folder.parents][:MAX_UP]:
        if index_of(place).is_file():
            return place
    return None


def index_of(root: Path) -> Path:
    """The index of a repository; a second checkout of one names its folder in a file."""
    found = root / ".git"
    try:
        said = found.read_text().strip() if found.is_file() else ""
    except (OSError, ValueError):
        said = ""
    return Path(said.removeprefix("gitdir: ")) / "index" if said.startswith("gitdir: ") else found / "index"


def tracked(index: Path) -> Iterator[str]:
    """The names in an index of Git, of version 2 or 3 of its format; none of another version."""
    try:
        raw = index.read_bytes()
    except OSError:
        return
    if len(raw) < 12:
        return
    signature, version, entries = struct.unpack(">4sLL", raw[:12])
    if signature != b"DIRC" or version not in _VERSIONS:
        return
    at = 12
    for _ in range(entries):
        if at + 62 > len(raw):
            return
        extended = bool(struct.unpack(">H", raw[at + 60 : at + 62])[0] & 0x4000)
        start = at + (64 if extended else 62)
        end = raw.find(b"\0", start)
        if end < 0:
            return
        yield os.fsdecode(raw[start:end])
        at += (end - at) // 8 * 8 + 8
