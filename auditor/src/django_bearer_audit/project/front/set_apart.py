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
_MOST_ALTOGETHER = 200_000_000
_NAMED = re.compile(rb"[\"'`/]([\w.@~-]{1,200})(?=[\"'`?])")
_LOOKS_LIKE_WRITING = re.compile(rb"setItem|Storage|ookie\s*=")
_CALL = re.compile(r"\.setItem\(\s*([^,()]{1,100}),\s*([^)]{0,100})")
_ENTRY = re.compile(r"(?:local|session)Storage(?:\.([\w$]{1,60})|\[([^\]]{1,60})\])\s*=(?!=)\s*([^;,}]{1,100})")
_COOKIE = re.compile(r"document\.cookie\s*=\s*[\"'`]?\s*([\w.-]{1,60})=")


def hidden(tree: Tree, skipped: Iterable[Skipped]) -> Iterator[Skipped]:
    """The files of `skipped`, and of its folders, that keep a token; each was left out for no better reason."""
    apart = [each for each in skipped if each.reason in _FILES]
    folders = [each.path for each in skipped if each.reason in _FOLDERS]
    tests = [each.path for each in skipped if each.reason == _TESTS and each.path.lower().endswith(_SCRIPTS)]
    look = _Look(tree.root, set(_contents(tree)) if folders else set())
    yield from look.at(".", (each.path for each in apart))
    for folder in folders:
        yield from look.at(folder, _within(tree.root, folder))
    if tests:
        shown = {name for data in _scripts(tree) for name in _NAMED.findall(data)}
        for path in tests:
            name = path.rpartition("/")[2].encode("utf-8", "surrogateescape")
            if shown & {name, name.rpartition(b".")[0]}:
                yield Skipped(path, "left out as a test, but used")


class _TooMany(Exception):
    """There is more than is looked through."""


class _Look:
    """Looks at files, each content once, up to a number of bytes."""

    def __init__(self, root: Path, known: set[str]) -> None:
        self._root, self._known, self._left = root, known, _MOST_ALTOGETHER

    def at(self, where: str, paths: Iterable[str]) -> Iterator[Skipped]:
        try:
            for number, path in enumerate(paths):
                if self._left < 0 or number >= _MOST_FILES:
                    raise _TooMany
                yield from self._judged(path)
        except _TooMany:
            yield Skipped(where, TOO_MANY)

    def _judged(self, path: str) -> Iterator[Skipped]:
        try:
            data = read(self._root, path, _MOST_BYTES)
        except OSError as error:
            yield Skipped(path, f"cannot be read: {error.strerror}")
            return
        self._left -= len(data)
        name = content_name(data)
        if name not in self._known:
            self._known.add(name)
            if keeps_token(path, data):
                yield Skipped(path, KEEPS_A_TOKEN)


def _within(root: Path, folder: str) -> Iterator[str]:
    """The scripts below a folder, installed packages left out."""
    waiting, folders = [folder], 0
    while waiting:
        current = waiting.pop()
        folders += 1
        if folders > _MOST_FOLDERS:
            raise _TooMany
        inner, names = listed(os.path.join(root, current))
        waiting += [f"{current}/{name}" for name in inner if name not in _INSTALLED]
        yield from (f"{current}/{name}" for name in names if name.lower().endswith(_SCRIPTS))


def _scripts(tree: Tree) -> Iterator[bytes]:
    """The content of all scripts and pages that are read."""
    for path in tree.ending(*_SCRIPTS):
        with suppress(OSError):
            yield tree.read(path)


def _contents(tree: Tree) -> Iterator[str]:
    """Names of those contents: a copy of a file that is read is that file."""
    return map(content_name, _scripts(tree))


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
