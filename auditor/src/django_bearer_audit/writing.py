"""Writes the file that was named, whole or not at all, and inside the audited tree through no symbolic link.

What the tree brings decides nothing about where a report goes. A file below the audited folder, the repository around
it or the current folder is written beside its name and then moved onto it. Any other file is the caller's own choice
(`/dev/stdout`, a link to yesterday's report) and is opened as it was named.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django_bearer_audit.reading import check_regular, folder, read, read_named

_NEW = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Ground:
    """The folders whose content somebody else wrote, when `root` is audited."""

    def __init__(self, root: Path) -> None:
        real, here = _real(root), _real(Path.cwd())
        around = [place for place in (real, *real.parents) if os.path.lexists(place / ".git")]
        if not around and real.is_relative_to(here) and here.parent != here:
            around = [here]
        self._areas = {real, *around[-1:]}

    def read(self, file: Path, most: int) -> bytes:
        """The content of a file that the caller named, up to `most` bytes. Raises `OSError`."""
        inside = self._inside(file)
        return read(*inside, most) if inside else read_named(Path(os.path.abspath(file)), most)

    def write(self, file: Path, data: bytes) -> None:
        """Write a file that the caller named. Raises `OSError`."""
        inside = self._inside(file)
        if inside:
            replace(*inside, data)
        else:
            Path(os.path.abspath(file)).write_bytes(data)

    def _inside(self, file: Path) -> tuple[Path, str] | None:
        """The outermost named folder that lies in one of the areas, and the path of the file from there."""
        named = Path(os.path.abspath(file))
        for place in reversed(named.parents):
            real = _real(place)
            if any(real.is_relative_to(area) for area in self._areas):
                return place, named.relative_to(place).as_posix()
        return None


def replace(root: Path | str, path: str, data: bytes) -> None:
    """Give a file below `root` this content at once, through no link. It keeps its mode. Raises `OSError`."""
    *folders, name = path.split("/")
    with folder(root, folders) as (prefix, within):
        target, new = os.path.join(prefix, name), os.path.join(prefix, f".bearer-{uuid.uuid4().hex}")
        try:
            mode = check_regular(target, within).st_mode & 0o777
        except FileNotFoundError:
            mode = None
        handle = os.open(new, _NEW, 0o666, dir_fd=within)
        try:
            with open(handle, "wb") as file:
                file.write(data)
                if mode is not None and hasattr(os, "fchmod"):
                    os.fchmod(file.fileno(), mode)
            os.replace(new, target, src_dir_fd=within, dst_dir_fd=within)
        except BaseException:
            os.unlink(new, dir_fd=within)
            raise


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """An empty folder outside of the working folder, which is gone afterwards. Raises `OSError`."""
    place = tempfile.gettempdir()
    if os.path.realpath(place) == os.path.realpath(os.curdir):  # the last that Python tries: it may be the tree
        raise FileNotFoundError("there is no folder for temporary files; TMPDIR names one")
    with tempfile.TemporaryDirectory(prefix="django-bearer-", dir=place) as folder:
        yield Path(folder)


def spread(root: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files whose paths are `below` it into a folder that nobody else writes. Raises `OSError`."""
    for path, data in files:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            file.write(data)


def below(path: str) -> str:
    """Why a path that the tree itself names is not taken; empty when it lies below the root."""
    parts = path.split("/")
    if not path or "\\" in path or "\0" in path or os.path.isabs(path) or ":" in path:
        return "must be a relative path with /"
    if any(part in {"", ".", ".."} for part in parts) or any(part.lower() == ".git" for part in parts):
        return "must lie in the audited folder, outside .git"
    return ""


def _real(path: Path) -> Path:
    """The path without links, also where they run in a circle."""
    return Path(os.path.realpath(path))
