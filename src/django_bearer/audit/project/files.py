"""Which files of the tree are read, and what is left out and why."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from stat import S_ISLNK

from django_bearer.audit.finding import Skipped

MAX_BYTES = 1_000_000
SUFFIXES = frozenset(
    {".py", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte", ".html", ".htm"}
    | {".toml", ".txt", ".cfg", ".ini", ".yml", ".yaml", ".lock", ".env", ".sh", ".in", ".pip"}
)
_ENDINGS = tuple(SUFFIXES)
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


Stamp = tuple[int, int, int, int]
"""What the file system says of a file: number, size, and when it was last modified and changed, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of the audited folder, relative and in order, and what was left out."""

    root: Path
    paths: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    stamps: dict[str, Stamp] = field(default_factory=dict)

    def ending(self, *suffixes: str) -> tuple[str, ...]:
        return tuple(path for path in self.paths if path.endswith(suffixes))


def discover(root: Path, exclude: tuple[str, ...] = ()) -> Tree:
    """Walk the folder once. Links are not followed, so a loop of them cannot hold us."""
    stamps: dict[str, Stamp] = {}
    skipped: list[Skipped] = []
    start = len(os.fspath(root))
    for folder, directories, files in os.walk(root, onerror=lambda error: skipped.append(_unread(root, error))):
        here = folder[start:].replace(os.sep, "/").strip("/")
        prefix = f"{here}/" if here else ""
        kept = []
        for name in sorted(directories):
            reason = _why_not_enter(folder, name) or _excluded(prefix + name, exclude)
            skipped.append(Skipped(prefix + name, reason)) if reason else kept.append(name)
        directories[:] = kept
        for name in sorted(files):
            if not (name in NAMES or name.endswith(_ENDINGS) or name.startswith(("Dockerfile", ".env"))):
                continue
            found = _excluded(prefix + name, exclude) or _stamp(os.path.join(folder, name), name)
            if isinstance(found, str):
                skipped.append(Skipped(prefix + name, found))
            else:
                stamps[prefix + name] = found
    return Tree(root, tuple(stamps), tuple(skipped), stamps)


def _excluded(path: str, exclude: tuple[str, ...]) -> str | None:
    """A pattern is a path below the root, of a folder or a file, and may hold `*`."""
    fits = any(fnmatch(path, pattern.strip("/").removesuffix("/**")) for pattern in exclude)
    return "excluded by pyproject.toml" if fits else None


def _why_not_enter(folder: str, name: str) -> str | None:
    path = os.path.join(folder, name)
    if os.path.islink(path):
        return "symbolic link"
    if os.path.exists(os.path.join(path, "pyvenv.cfg")):
        return "virtual environment"
    return _DIRECTORIES.get(name)


def _stamp(path: str, name: str) -> Stamp | str:
    """The file's stamp, or why it is not read."""
    stem, suffix = os.path.splitext(name)
    try:
        stat = os.lstat(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if S_ISLNK(stat.st_mode):
        return "symbolic link"
    if suffix == ".py" and (stem.startswith("test_") or stem.endswith("_test") or stem in {"tests", "conftest"}):
        return "tests are not scanned by default"
    if stem.endswith((".test", ".spec", ".stories")):
        return "tests are not scanned by default"
    if stem.endswith((".min", ".bundle", ".chunk")):
        return "bundled or minified"
    if stat.st_size > MAX_BYTES:
        return f"larger than {MAX_BYTES // 1000} kB"
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _unread(root: Path, error: OSError) -> Skipped:
    path = os.path.relpath(str(error.filename or root), root).replace(os.sep, "/")
    return Skipped(path, f"cannot be read: {error.strerror}")


def content_name(data: bytes) -> str:
    """A name for a content, the same on every run."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
