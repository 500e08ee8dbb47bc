"""Which files of the tree are read, and what is left out and why."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from django_bearer_audit.finding import Skipped
from django_bearer_audit.reading import MAX_BYTES, most_of, not_regular, read

MAX_DEPTH = 64
"""Folders within one another."""
MAX_FILES = 100_000
SUFFIXES = frozenset(
    {".py", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte", ".html", ".htm"}
    | {".toml", ".txt", ".cfg", ".ini", ".yml", ".yaml", ".lock", ".env", ".sh", ".in", ".pip"}
)
_ENDINGS = tuple(SUFFIXES)
_SERVED = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte", ".html", ".htm")
"""In capitals, too: a browser does not look at the name of a script. Python does, at that of a module."""
NAMES = frozenset({"Dockerfile", "Procfile", "Pipfile", "package.json", ".env"})

_DIRECTORIES = {
    "tests": "tests are not scanned by default",
    "test": "tests are not scanned by default",
    "testing": "tests are not scanned by default",
    "testutils": "tests are not scanned by default",
    "__tests__": "tests are not scanned by default",
    "__mocks__": "tests are not scanned by default",
    "e2e": "tests are not scanned by default",
    "cypress": "tests are not scanned by default",
    "migrations": "migrations are not scanned by default",
    "node_modules": "installed packages",
    "bower_components": "installed packages",
    "site-packages": "installed packages",
    "vendor": "vendored code",
    "vendored": "vendored code",
    "_vendor": "vendored code",
    "third_party": "vendored code",
    "venv": "virtual environment",
    "virtualenv": "virtual environment",
    "dist": "build output",
    "build": "build output",
    "staticfiles": "build output",
    "htmlcov": "build output",
    "coverage": "build output",
    "__pycache__": "build output",
    "_build": "build output",
    ".next": "build output",
    ".nuxt": "build output",
    ".git": "version control",
    ".hg": "version control",
    ".tox": "virtual environment",
    ".nox": "virtual environment",
    ".venv": "virtual environment",
    ".mypy_cache": "build output",
    ".ruff_cache": "build output",
    ".pytest_cache": "build output",
}


_BUILT = frozenset({"build output", "vendored code", "migrations are not scanned by default"})
"""Folders whose front end is read for what it is: it is served, whoever wrote it and whatever made it."""
_MAY_BE_APPS = frozenset({"build output", "vendored code"})
_APP = frozenset({"apps.py", "models.py", "views.py", "urls.py"})
_TESTS = "tests are not scanned by default"
_LINK = "symbolic link"
_DATA = frozenset({".txt", ".yml", ".yaml"})
_ASKED_FOR = re.compile(r"requirement|constraint|deps|compose", re.I)
"""Data that names packages and settings."""

Stamp = tuple[int, int, int, int]
"""What the file system says of a file: number, size, and when it was last modified and changed, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of the audited folder, relative and in order, and what was left out."""

    root: Path
    paths: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    stamps: dict[str, Stamp] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        """The content of one of the files. Raises `OSError`."""
        return read(self.root, path)

    @property
    def size(self) -> int:
        """Bytes of all the files."""
        return sum(stamp[1] for stamp in self.stamps.values())

    @property
    def changed(self) -> bool:
        """Whether a file is another one than it was when the folder was walked."""
        places = ((path, os.path.join(self.root, path)) for path in self.paths)
        return any(_stamp(place, os.path.basename(place)) != self.stamps[path] for path, place in places)

    def ending(self, *suffixes: str) -> tuple[str, ...]:
        return tuple(path for path in self.paths if path.lower().endswith(suffixes))


class TooLarge(Exception):
    """The tree holds more than one audit reads. Nothing of it is judged then: a part could hide the rest."""


def discover(root: Path, exclude: tuple[str, ...] = ()) -> Tree:
    """Walk the folder once. Links are not followed, so a loop of them cannot hold us.

    Raises `TooLarge` where there are more than `MAX_FILES` files to read.
    """
    stamps: dict[str, Stamp] = {}
    skipped: list[Skipped] = []
    entered: set[str] = set()
    for prefix, name, path in _sources(root, exclude, skipped, entered):
        found = _excluded(prefix + name, exclude) or _stamp(path, name)
        if isinstance(found, str):
            skipped.append(Skipped(prefix + name, found))
        else:
            stamps[prefix + name] = found
        if len(stamps) > MAX_FILES:
            raise TooLarge(f"there are more than {MAX_FILES} files to read: audit the parts one by one")
    told = (_of_link(each, root, stamps, entered) if each.reason == _LINK else each for each in skipped)
    return Tree(root, tuple(stamps), tuple(told), stamps)


def _of_link(link: Skipped, root: Path, stamps: dict[str, Stamp], entered: set[str]) -> Skipped:
    """Whether a link loses anything. One to Python code does: the code is imported by the name of the link."""
    target = os.path.relpath(os.path.realpath(os.path.join(root, link.path)), os.path.realpath(root))
    inside = target.replace(os.sep, "/")
    folder = "" if inside == "." else f"{inside}/"
    read = inside in stamps and not link.path.endswith(".py")
    shown = folder in entered and not any(path.startswith(folder) and path.endswith(".py") for path in stamps)
    lock = os.path.basename(link.path).startswith(".#")  # an editor's, which leads nowhere
    return Skipped(link.path, "symbolic link to what is read") if read or shown or lock else link


def _sources(
    root: Path, exclude: tuple[str, ...], skipped: list[Skipped], entered: set[str]
) -> Iterator[tuple[str, str, str]]:
    """(prefix, name, path) of every file of a kind that is read; a folder's own come before those below it."""
    waiting = [("", False)]
    while waiting:
        prefix, served = waiting.pop()
        if not served:
            entered.add(prefix)
        folder = os.path.join(root, prefix)
        directories, files = _listed(folder, prefix, skipped)
        inner = []
        for name in directories:
            reason = _excluded(prefix + name, exclude) or _why_not_enter(folder, name, prefix)
            if reason and not (served and reason in _BUILT):
                skipped.append(Skipped(prefix + name, reason))
            if not reason or (reason in _BUILT and name[0] not in "._"):
                inner.append((f"{prefix}{name}/", served or bool(reason)))
        waiting += reversed(inner)
        for name in files:
            if served:
                if name.lower().endswith(_SERVED):
                    yield prefix, name, os.path.join(folder, name)
                continue
            if _compiled(name, files):
                skipped.append(Skipped(prefix + name, _excluded(prefix + name, exclude) or "compiled code"))
            if is_of_a_kind(name):
                yield prefix, name, os.path.join(folder, name)


def is_of_a_kind(name: str) -> bool:
    """Whether files of this name are read."""
    whole = name in NAMES or name.startswith(("Dockerfile", ".env"))
    return whole or name.endswith(_ENDINGS) or name.lower().endswith(_SERVED)


def _compiled(name: str, beside: list[str]) -> bool:
    """Whether Python imports a file that is no source; a `.pyc` only where there is no source beside it."""
    stem, suffix = os.path.splitext(name)
    return suffix in {".so", ".pyd"} or (suffix == ".pyc" and f"{stem}.py" not in beside)


def _listed(folder: str, prefix: str, skipped: list[Skipped]) -> tuple[list[str], list[str]]:
    """The names of the folders in a folder, links to folders among them, and of everything else."""
    directories: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                (directories if _is_folder(entry) else files).append(entry.name)
    except OSError as error:
        skipped.append(Skipped(prefix.rstrip("/") or ".", f"cannot be read: {error.strerror}"))
    return sorted(directories), sorted(files)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _excluded(path: str, exclude: tuple[str, ...]) -> str | None:
    """A pattern is a path below the root, of a folder or a file, and may hold `*`."""
    fits = any(fnmatch(path, pattern.strip("/").removesuffix("/**")) for pattern in exclude)
    return "excluded by pyproject.toml" if fits else None


def _why_not_enter(folder: str, name: str, prefix: str) -> str | None:
    path = os.path.join(folder, name)
    if prefix.count("/") >= MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} folders"
    # A virtual environment of any other name is entered: its packages lie in `site-packages`, and its mark is a file.
    reason = _DIRECTORIES.get(name)
    if reason is not None:
        return None if reason in _MAY_BE_APPS and _is_app(path) else reason
    return _LINK if os.path.islink(path) else None


def _is_app(path: str) -> bool:
    """Whether a folder is an app itself, as `apps/vendor/` of a market. What is vendored lies one folder deeper."""
    if os.path.islink(path):
        return False
    try:
        with os.scandir(path) as entries:
            names = {entry.name for entry in entries}
    except OSError:
        return False
    return "__init__.py" in names and bool(names & _APP)


def _stamp(path: str, name: str) -> Stamp | str:
    """The file's stamp, or why it is not read."""
    stem, suffix = os.path.splitext(name)
    try:
        stat = os.lstat(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if suffix == ".py" and (stem.startswith("test_") or stem.endswith("_test") or stem in {"tests", "conftest"}):
        return "tests are not scanned by default"
    if suffix != ".py" and stem.endswith((".test", ".spec", ".stories")):
        return "tests are not scanned by default"
    why = not_regular(stat.st_mode)
    if why:
        return why
    if stat.st_size > MAX_BYTES and suffix in _DATA and not _ASKED_FOR.search(path):
        return f"data larger than {MAX_BYTES // 1000} kB"
    if stat.st_size > most_of(name):
        return f"larger than {most_of(name) // 1000} kB"
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def is_built(path: str) -> bool:
    """Whether a file lies where a build, a collection or somebody else's code is put."""
    return any(_DIRECTORIES.get(part) in _BUILT for part in path.split("/")[:-1])


def left_out_by_name(reason: str) -> bool:
    """Whether the name alone is why something is not read."""
    return reason == _TESTS or reason in _DIRECTORIES.values()


class Naming:
    """A name for a content, the same on every run, told a part at a time."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)

    def add(self, part: bytes) -> None:
        self._digest.update(part)

    @property
    def name(self) -> str:
        return self._digest.hexdigest()


def content_name(data: bytes) -> str:
    """A name for a content, the same on every run."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
