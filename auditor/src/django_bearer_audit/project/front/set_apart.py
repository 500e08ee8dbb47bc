"""What is set apart as a bundle, a library, a build or a test, and keeps a token in the browser all the same.

Names and looks are chosen by whoever writes the file. So each of these files is looked at, too: where it keeps a
token in a place that scripts can read, it is named as not judged, and the result is incomplete. What a person can
read is read like any other script; in minified text only the calls are looked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project.files import Tree, content_name
from django_bearer_audit.project.folders import listed
from django_bearer_audit.project.front import LIBRARY, reader, syntax
from django_bearer_audit.project.front.facts import Access, FileFacts
from django_bearer_audit.project.front.scripts import is_minified, legible
from django_bearer_audit.project.front.tokens import about_token
from django_bearer_audit.project.token_names import is_token
from django_bearer_audit.reading import MAX_BYTES, read

KEEPS_A_TOKEN = "left out as bundled, built or a library's, but it keeps or sends a token"
TOO_MANY = "more scripts than are looked through"

_FILES = frozenset({"bundled or minified", LIBRARY})
_FOLDERS = frozenset({"build output", "vendored code"})
_TESTS = "tests are not scanned by default"
_SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte", ".html", ".htm")
_INSTALLED = frozenset({"node_modules", "bower_components", "site-packages", ".git", ".hg", "__pycache__"})
_MOST_FILES, _MOST_FOLDERS, _MOST_BYTES = 5_000, 20_000, 8_000_000
_LOOKS_LIKE_WRITING = re.compile(rb"setItem|Storage|ookie\s*=")
_CALL = re.compile(r"\.setItem\(\s*([^,()]{1,100}),\s*([^)]{0,100})")
_ENTRY = re.compile(r"(?:local|session)Storage(?:\.([\w$]{1,60})|\[([^\]]{1,60})\])\s*=(?!=)\s*([^;,}]{1,100})")
_COOKIE = re.compile(r"document\.cookie\s*=\s*[\"'`]?\s*([\w.-]{1,60})=")


def hidden(tree: Tree, skipped: Iterable[Skipped]) -> Iterator[Skipped]:
    """The files of `skipped`, and of its folders, that keep a token; each was left out for no better reason."""
    skipped = tuple(skipped)
    known = set(_contents(tree)) if any(map(_is_folder, skipped)) else set()
    looked_at: set[str] = set()
    for each in skipped:
        if each.reason in _FILES:
            yield from _judged(tree.root, each.path, looked_at)
        elif _is_folder(each):
            yield from _within(tree.root, each.path, known)
        elif each.reason == _TESTS and each.path.lower().endswith(_SCRIPTS) and _is_shown(tree, each.path):
            yield Skipped(each.path, "left out as a test, but used")


def _contents(tree: Tree) -> Iterator[str]:
    """Names of the contents of all scripts that are read."""
    for path in tree.ending(*_SCRIPTS):
        with suppress(OSError):
            yield content_name(tree.read(path))


def _is_folder(each: Skipped) -> bool:
    return each.reason in _FOLDERS


def _within(root: Path, folder: str, known: set[str]) -> Iterator[Skipped]:
    """The scripts below a folder that was left out; a copy of one that was read is that one."""
    files, folders = 0, 0
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        folders += 1
        inner, names = listed(os.path.join(root, current))
        waiting += [f"{current}/{name}" for name in inner if name not in _INSTALLED]
        for name in names:
            if name.lower().endswith(_SCRIPTS):
                files += 1
                yield from _judged(root, f"{current}/{name}", known)
        if files > _MOST_FILES or folders > _MOST_FOLDERS:
            yield Skipped(folder, TOO_MANY)
            return


def _judged(root: Path, path: str, known: set[str]) -> Iterator[Skipped]:
    try:
        data = read(root, path, _MOST_BYTES)
    except OSError as error:
        yield Skipped(path, f"cannot be read: {error.strerror}")
        return
    name = content_name(data)
    if name not in known:
        known.add(name)
        if keeps_token(path, data):
            yield Skipped(path, KEEPS_A_TOKEN)


def keeps_token(path: str, data: bytes) -> bool:
    """Whether a script writes a token to browser storage or a cookie, or, where a person can read it, into a URL."""
    if not _LOOKS_LIKE_WRITING.search(legible(data)) and not reader.may_hold_facts(data):
        return False
    text = legible(data).decode("utf-8", "replace")
    if len(data) > MAX_BYTES or is_minified(text) or not syntax.available():
        return any(about_token(access, FileFacts()) is not None for access in _writes(text))
    facts = reader.read(path, text)
    kept = any(about_token(access, facts) is not None for access in facts.accesses if access.action == "write")
    return kept or bool(facts.links) or any(each.state for each in facts.persisted)


def _writes(text: str) -> Iterator[Access]:
    """Writes that can be told without the structure of the script."""
    for key, value in _CALL.findall(text):
        yield Access("write", "localStorage", key.strip("\"'` "), value.strip(), 1, 1, -1)
    for attribute, index, value in _ENTRY.findall(text):
        yield Access("write", "localStorage", attribute or index.strip("\"'` "), value.strip(), 1, 1, -1)
    for key in _COOKIE.findall(text):
        if is_token(key):
            yield Access("write", "document.cookie", key, "", 1, 1, -1)


def _is_shown(tree: Tree, path: str) -> bool:
    """Whether a script or a page that is read names a test."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    named = re.compile(rb"[\"'`/]" + re.escape(stem.encode("utf-8", "surrogateescape")) + rb"(?:\.\w+)?[\"'`?]")
    for other in tree.ending(*_SCRIPTS):
        with suppress(OSError):
            if named.search(tree.read(other)):
                return True
    return False
