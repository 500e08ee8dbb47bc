"""Which files of the tree are read, and what is left out and why."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from django_bearer.audit.finding import Skipped

MAX_BYTES = 1_000_000
SUFFIXES = frozenset(
    {".py", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte", ".html", ".htm"}
    | {".toml", ".txt", ".cfg", ".ini", ".yml", ".yaml", ".lock", ".env", ".sh", ".in", ".pip"}
)
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


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of the audited folder, relative and sorted, and what was left out."""

    root: Path
    paths: tuple[str, ...]
    skipped: tuple[Skipped, ...]

    def ending(self, *suffixes: str) -> tuple[str, ...]:
        return tuple(path for path in self.paths if path.endswith(suffixes))


def discover(root: Path, exclude: tuple[str, ...] = ()) -> Tree:
    """Walk the folder once. Links are not followed, so a loop of them cannot hold us."""
    paths: list[str] = []
    skipped: list[Skipped] = []
    for folder, directories, files in os.walk(root, onerror=lambda error: skipped.append(_unread(root, error))):
        here = os.path.relpath(folder, root)
        prefix = "" if here == "." else here.replace(os.sep, "/") + "/"
        kept = []
        for name in sorted(directories):
            reason = _why_not_enter(folder, name) or _excluded(prefix + name, exclude)
            skipped.append(Skipped(prefix + name, reason)) if reason else kept.append(name)
        directories[:] = kept
        for name in sorted(files):
            if not (name in NAMES or Path(name).suffix in SUFFIXES or name.startswith(("Dockerfile", ".env"))):
                continue
            reason = _excluded(prefix + name, exclude) or _why_not_read(os.path.join(folder, name), name)
            skipped.append(Skipped(prefix + name, reason)) if reason else paths.append(prefix + name)
    return Tree(root, tuple(paths), tuple(skipped))


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


def _why_not_read(path: str, name: str) -> str | None:
    stem, suffix = os.path.splitext(name)
    if os.path.islink(path):
        return "symbolic link"
    if suffix == ".py" and (stem.startswith("test_") or stem.endswith("_test") or stem in {"tests", "conftest"}):
        return "tests are not scanned by default"
    if stem.endswith((".test", ".spec", ".stories")):
        return "tests are not scanned by default"
    if stem.endswith((".min", ".bundle", ".chunk")):
        return "bundled or minified"
    try:
        size = os.stat(path).st_size
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return f"larger than {MAX_BYTES // 1000} kB" if size > MAX_BYTES else None


def _unread(root: Path, error: OSError) -> Skipped:
    path = os.path.relpath(str(error.filename or root), root).replace(os.sep, "/")
    return Skipped(path, f"cannot be read: {error.strerror}")
