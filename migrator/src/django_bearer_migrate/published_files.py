"""Where else a key may lie in clear: files that a repository tracks, compose files, and samples of `.env` files."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from . import json_web_keys, private_keys

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
        ".pyc",
        ".sqlite3",
        ".log",
    ]
)
SAMPLES = ("example", "sample", "dist", "template")
SHARED = ("docker-compose*.y*ml", "compose*.y*ml", "Dockerfile*", *(f"*env.{each}" for each in SAMPLES))
"""Files that are meant to be shared. `.env` and `.env.production` are where a key belongs, unless tracked."""
SKIPPED = frozenset({"node_modules", "site-packages", "venv", "env", "__pycache__"})
ROOTS = ("manage.py", "pyproject.toml")
"""What lies in the folder of a whole project."""
MAX_FILES = 20_000
"""Files of a project without a repository that are looked at."""
_VERSIONS = (2, 3, 4)


@lru_cache(maxsize=8)
def holds(folder: Path, key: bytes) -> Path | None:
    """The file that holds this key, of those that others may read; None where none does. Asked once."""
    forms = json_web_keys.shared_forms(key)
    return _first(folder, lambda text: any(form in text for form in forms)) if forms else None


@lru_cache(maxsize=8)
def holds_private(folder: Path, public: bytes) -> Path | None:
    """The file that holds the private key of a public one, however it is written. Asked once."""
    return _first(folder, lambda text: private_keys.signs_for(text, public))


@lru_cache(maxsize=8)
def encrypted(folder: Path) -> tuple[Path, ...]:
    """The files that hold a private key that nobody can read without its password. Asked once."""
    return tuple(_all(folder, private_keys.is_encrypted))


def _first(folder: Path, found: Callable[[bytes], bool]) -> Path | None:
    return next(_all(folder, found), None)


def _all(folder: Path, found: Callable[[bytes], bool]) -> Iterator[Path]:
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
            return
        if found(text):
            yield path


def published(folder: Path) -> Iterator[Path]:
    """What the repository around a folder tracks. Where nothing says what is tracked, all files of the project, but
    for `.env` and its like, in which a key belongs."""
    root = repository(folder)
    names = list(tracked(index_of(root))) if root is not None else []
    paths = [root / name for name in names] if root is not None else []
    if not any(path.exists() for path in paths):  # no repository, or an index of another format
        paths = list(islice(_project(folder), MAX_FILES))
    yield from (path for path in paths if path.suffix.lower() not in BINARY)


def _project(folder: Path) -> Iterator[Path]:
    above = [folder, *folder.parents][: MAX_UP // 2]
    root = next((place for place in above if any((place / name).is_file() for name in ROOTS)), folder)
    for pattern in SHARED:
        yield from folder.parent.glob(pattern)
    for place, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED and name != ".git" and not Path(place, name, "pyvenv.cfg").exists()
        )
        yield from (Path(place) / name for name in sorted(names) if not _is_env(name.lower()))


def _is_env(name: str) -> bool:
    return (name.startswith(".env") or name.endswith(".env")) and not name.endswith(SAMPLES)


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
    """The names in an index of Git, of version 2, 3 or 4 of its format; none of another version."""
    try:
        raw = index.read_bytes()
    except OSError:
        return
    if len(raw) < 12:
        return
    signature, version, entries = struct.unpack(">4sLL", raw[:12])
    if signature != b"DIRC" or version not in _VERSIONS:
        return
    at, name = 12, b""
    for _ in range(entries):
        if at + 62 > len(raw):
            return
        extended = bool(struct.unpack(">H", raw[at + 60 : at + 62])[0] & 0x4000)
        start = at + (64 if extended else 62)
        dropped, start = _number(raw, start) if version == _SHORTENED else (len(name), start)
        end = raw.find(b"\0", start)
        if end < 0 or dropped > len(name):
            return
        name = name[: len(name) - dropped] + raw[start:end]
        yield os.fsdecode(name)
        at = end + 1 if version == _SHORTENED else at + (end - at) // 8 * 8 + 8


_SHORTENED = 4
"""The version in which a name begins with how many bytes of the last one are dropped, and is not padded."""


def _number(raw: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, as Git writes offsets, and where it ends."""
    found = -1
    while at < len(raw):
        byte = raw[at]
        at += 1
        found = ((found + 1) << 7) | (byte & 0x7F)
        if byte < 0x80:
            break
    return max(found, 0), at
