"""What of a front end is left out by its name although a page or a script loads it: a name proves nothing."""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project.files import Tree, left_out_by_name
from django_bearer_audit.project.front.paths import FOLDERS, parts_with_paths
from django_bearer_audit.reading import SCRIPTS, read

_REST = rb"[^\s\"'`()<>{}]"
_PATH = (
    rb"((?:" + _REST + rb"{0,200}/)?(?:(?:" + FOLDERS + rb")(?:/" + _REST + rb"{0,200})?"
    rb"|[\w.-]{1,80}\.(?:test|spec|stories)(?:\.\w{1,6})?(?:[?#]" + _REST + rb"*)?))(?=[\s\"'`)>\\])"
)
_LOADED = re.compile(
    rb"\b(?:from|import|require|importScripts|Worker|glob|static|entry|input|src|href)\b"
    rb"(?:[\s:=(,\[{\\]{0,20}(?:\w{1,40}\s{0,5}:\s{0,5})?[\"'`](?:\{%\s*static\s+[\"'])?|\s{0,5}=\s{0,5})" + _PATH,
    re.I,
)
_SAID = re.compile(rb"[\"'`](?=[^\s\"'`]{1,300}\.(?:[mc]?[jt]sx?|vue|svelte)[\"'`?#])" + _PATH, re.I)
_ASKED = "said "
"""Before a path that stands in a script for some reason or other."""
_CONFIGURES = re.compile(r"(?:^|[./-])conf(?:ig)?\.", re.I)
_OF_TESTS = re.compile(r"setupTests?|test-?utils|(?:jest|vitest|karma|cypress|playwright|protractor|storybook)", re.I)
_ENDINGS = ("", *SCRIPTS, "/index.js", "/index.ts", "/index.tsx", "/index.jsx")
_MOST = 1_000


def references(data: bytes) -> tuple[str, ...]:
    """The paths in a script or page that lead to a name which is left out, each once."""
    parts = list(parts_with_paths(data))
    found = dict.fromkeys(path.decode("utf-8", "replace") for part in parts for path in _LOADED.findall(part))
    said = [path.decode("utf-8", "replace") for part in parts for path in _SAID.findall(part)]
    return (*found, *(f"{_ASKED}{path}" for path in dict.fromkeys(said) if path not in found))[: _MOST + 1]


def loaded(tree: Tree, by: str, named: Iterable[str]) -> Iterator[Skipped]:
    """The files that are left out, of those which `by` names."""
    if _OF_TESTS.search(by) and not by.lower().endswith((".html", ".htm")):
        return
    named = list(named)
    if len(named) > _MOST:
        yield Skipped(by, "loads more of what is left out than is followed")
    folders = [each.path for each in tree.skipped if left_out_by_name(each.reason)]
    for told in named:
        path = told.removeprefix(_ASKED)
        if path != told and _CONFIGURES.search(by):
            continue
        for place in _places(tree, by, path.split("?")[0].split("#")[0], folders):
            yield Skipped(place, f"left out by its name, but used: {by}")


def _places(tree: Tree, by: str, path: str, folders: list[str]) -> Iterator[str]:
    near = posixpath.normpath(posixpath.join(posixpath.dirname(by), path.lstrip("/")))
    tail = re.sub(r"^(?:\.{0,2}/|[@~]/?)+", "", path).rstrip("/")
    candidates = dict.fromkeys([near, *(_under(folder, tail) for folder in folders)])
    for candidate in candidates:
        if candidate and not candidate.startswith("..") and _is_left_out(candidate, folders):
            found = next((candidate + end for end in _ENDINGS if _is_script(tree.root, candidate + end)), None)
            if found and found not in tree.stamps and not _is_installed(tree, found):
                yield found


def _under(folder: str, tail: str) -> str:
    """Where a path that is counted from some other folder lies below, or is, what is left out; else empty."""
    parts = tail.split("/")
    name = folder.rpartition("/")[2]
    if name in parts:
        at = parts.index(name)
        return "/".join([folder, *parts[at + 1 :]])
    return folder if name.startswith(parts[-1]) else ""


def _is_left_out(path: str, folders: list[str]) -> bool:
    return any(path == folder or folder.startswith(f"{path}.") or path.startswith(f"{folder}/") for folder in folders)


def _is_script(root: Path, path: str) -> bool:
    if not path.lower().endswith(SCRIPTS):
        return False
    try:
        return os.lstat(os.path.join(root, path)).st_size > 0
    except (OSError, ValueError):
        return False


def _is_installed(tree: Tree, path: str) -> bool:
    """Whether a file belongs to a package that a `package.json` of the tree asks for: others answer for it."""
    parts = path.split("/")
    if not {"node_modules", "bower_components"} & set(parts[:-1]):
        return False
    at = max(parts.index(name) for name in ("node_modules", "bower_components") if name in parts)
    package = "/".join(parts[at + 1 : at + (3 if parts[at + 1].startswith("@") else 2)])
    return any(package in _asked_for(tree, each) for each in tree.paths if each.rpartition("/")[2] == "package.json")


def _asked_for(tree: Tree, path: str) -> set[str]:
    try:
        told: Any = json.loads(read(tree.root, path))
    except (OSError, ValueError, RecursionError):
        return set()
    asked = [told.get(key) for key in ("dependencies", "devDependencies")] if isinstance(told, dict) else []
    return {name for each in asked if isinstance(each, dict) for name in each}
