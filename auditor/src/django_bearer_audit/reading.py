"""Reads one file of the audited tree: a regular file, reached through no symbolic link, up to a size.

Somebody else wrote the tree. A link in it may lead to any file of the user, and a pipe or a device never ends. So
each folder of a path is opened from the one before it, and what a name stands for is looked at before it is opened.
Standard library only, and nothing of the auditor: `project/syntax.py` reads with it in an interpreter of its own.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 1_000_000
"""Of one source file."""
MAX_SCRIPT = 8_000_000
"""Of one script of a front end: bundlers put a whole application into one."""
SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte")
MAX_CONFIGURATION = 256_000
"""Of the tree's pyproject.toml where it is read as the configuration of the audit."""

BY_DESCRIPTOR = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether a name can be opened from an open folder. On Windows each part of a path is looked at first instead."""
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_FILE = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def most_of(path: str) -> int:
    """The bytes up to which a source file of this name is read."""
    return MAX_SCRIPT if path.lower().endswith(SCRIPTS) else MAX_BYTES


def read(root: Path | str, path: str, most: int | None = None) -> bytes:
    """The content of a file below `root`; `path` is relative, with `/`, and `most` is in bytes, by default `most_of`.

    Raises `OSError`, whose `strerror` says in words why the file is not read.
    """
    *folders, name = path.split("/")
    most = most_of(path) if most is None else most
    with folder(root, folders) as (place, within):
        check_regular(os.path.join(place, name), within, most)
        return drained(os.open(os.path.join(place, name), _FILE, dir_fd=within), most)


def opened(root: Path | str, path: str) -> BinaryIO:
    """A file below `root`, of any size, open for reading at any place. Raises `OSError`."""
    *folders, name = path.split("/")
    with folder(root, folders) as (place, within):
        check_regular(os.path.join(place, name), within)
        return open(os.open(os.path.join(place, name), _FILE, dir_fd=within), "rb")


def read_named(file: Path, most: int) -> bytes:
    """The content of a file that the caller named outside the tree: whatever it is, up to `most` bytes."""
    return drained(os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0)), most)


@contextmanager
def folder(root: Path | str, parts: Sequence[str]) -> Iterator[tuple[str, int | None]]:
    """A folder below `root`, as (prefix, descriptor): a name in it is `join(prefix, name)` from the descriptor."""
    if not BY_DESCRIPTOR:
        yield _folder_by_path(os.fspath(root), parts), None
        return
    descriptor = os.open(root, _FOLDER)
    try:
        for part in parts:
            descriptor = _entered(descriptor, part)
        yield "", descriptor
    finally:
        os.close(descriptor)


def check_regular(name: str, within: int | None, most: int | None = None) -> os.stat_result:
    """What the file system says of a regular file. Raises `OSError` for anything else, and where it is too large."""
    if "\0" in name:
        raise OSError(errno.EINVAL, "no file has a name with a null character")
    found = os.stat(name, dir_fd=within, follow_symlinks=False)
    why = not_regular(found.st_mode)
    if why:
        raise OSError(errno.EINVAL, why)
    if most is not None and found.st_size > most:
        raise _too_large(most)
    return found


def not_regular(mode: int) -> str:
    """Why something is not read, by its mode; empty for a regular file."""
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISLNK(mode):
        return "symbolic link"
    return "a folder" if stat.S_ISDIR(mode) else "no regular file"


def drained(descriptor: int, most: int) -> bytes:
    """All that can be read from a descriptor, which is then closed. Raises `OSError` beyond `most` bytes."""
    with open(descriptor, "rb", buffering=0) as file:
        parts, left = [], most + 1
        while left > 0 and (part := file.read(left)):
            parts.append(part)
            left -= len(part)
    if left <= 0:
        raise _too_large(most)
    return b"".join(parts)


def _too_large(most: int) -> OSError:
    return OSError(errno.EFBIG, f"larger than {most // 1000} kB")


def _entered(descriptor: int, part: str) -> int:
    """The descriptor of a folder in another, which is closed."""
    try:
        inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
    except OSError as error:
        try:
            linked = stat.S_ISLNK(os.stat(part, dir_fd=descriptor, follow_symlinks=False).st_mode)
        except OSError:
            linked = False
        if linked:
            raise OSError(errno.ELOOP, "symbolic link") from None
        raise error
    os.close(descriptor)
    return inner


def _folder_by_path(root: str, parts: Sequence[str]) -> str:
    for part in parts:
        root = os.path.join(root, part)
        found = os.lstat(root)
        if stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", False):
            raise OSError(errno.ELOOP, "symbolic link")
    return root
