"""A whole project below a folder that is left out by its name: `build/` may be where a team keeps its code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project.files import Tree
from django_bearer_audit.project.folders import listed
from django_bearer_audit.reading import read

PROJECT = "left out by the name of its folder, but a project starts here"
TOO_MANY = "left out by its name, and holds more folders than are looked through"

_REASONS = frozenset(
    {"build output", "vendored code", "virtual environment", "migrations are not scanned by default"}
)
_STARTS = frozenset({"manage.py", "wsgi.py", "asgi.py"})
_NAMES_SETTINGS = b"DJANGO_SETTINGS_MODULE"
_INSTALLED = frozenset(
    {"node_modules", "bower_components", "site-packages", ".git", ".hg", "__pycache__", "tests", "test"}
)
_OF_AN_ENVIRONMENT = frozenset({"lib", "lib64", "Lib", "bin", "Scripts", "include", "Include", "share"})
_MOST_FOLDERS, _MOST_FILES = 20_000, 5_000


def projects(tree: Tree) -> Iterator[Skipped]:
    """The files below such folders that start a Django project which is not a copy of one that is read."""
    copies: dict[str, bool] = {}
    for each in tree.skipped:
        if each.reason in _REASONS and not each.path.endswith(".py"):
            first = _OF_AN_ENVIRONMENT if each.reason == "virtual environment" else frozenset()
            yield from _below(tree, each.path, first, copies)


def _below(tree: Tree, folder: str, first: frozenset[str], copies: dict[str, bool]) -> Iterator[Skipped]:
    seen, waiting = 0, [folder]
    while waiting:
        current = waiting.pop()
        seen += 1
        if seen > _MOST_FOLDERS:
            yield Skipped(folder, TOO_MANY)
            return
        inner, names = listed(os.path.join(tree.root, current))
        waiting += [f"{current}/{name}" for name in inner if name not in _INSTALLED and name not in first]
        first = frozenset()
        for name in sorted(_STARTS.intersection(names)):
            path = f"{current}/{name}"
            if _starts(tree.root, path) and not _is_copy(tree, path, copies):
                yield Skipped(path, PROJECT)


def _starts(root: Path, path: str) -> bool:
    try:
        return _NAMES_SETTINGS in read(root, path)
    except OSError:
        return False


def _is_copy(tree: Tree, path: str, copies: dict[str, bool]) -> bool:
    """Whether everything that lies with a file is what the tree holds elsewhere, as in a package that was built.

    `copies` holds what was found of each folder, which is looked through once.
    """
    parts = path.split("/")
    for length in range(1, len(parts)):
        inside = "/".join(parts[length:])
        if inside in tree.stamps and _same(tree, path, inside):
            above = "/".join(parts[:length])
            if above not in copies:
                copies[above] = _all_copies(tree, above)
            return copies[above]
    return False


def _all_copies(tree: Tree, above: str) -> bool:
    seen, waiting = 0, [above]
    while waiting:
        current = waiting.pop()
        inner, names = listed(os.path.join(tree.root, current))
        waiting += [f"{current}/{name}" for name in inner]
        for name in names:
            if name.endswith(".py"):
                seen += 1
                path = f"{current}/{name}"
                if seen > _MOST_FILES or not _same(tree, path, path.removeprefix(f"{above}/")):
                    return False
    return True


def _same(tree: Tree, one: str, other: str) -> bool:
    try:
        return read(tree.root, one) == read(tree.root, other)
    except OSError:
        return False
