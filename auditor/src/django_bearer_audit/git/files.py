"""The content of a file at a revision."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django_bearer_audit.git.objects import Objects

FILES = {b"100644", b"100664", b"100755"}
FOLDER = b"40000"
MAX_DEPTH = 64


class Files:
    """The files of one tree, looked up by path; each folder is read once."""

    def __init__(self, objects: Objects, tree: str) -> None:
        self._objects = objects
        self._tree = tree
        self._known: dict[str, dict[bytes, tuple[bytes, str]]] = {}

    def get(self, path: str) -> bytes | None:
        """The content of a regular file, by a path with `/`; None when there was none. Raises `Unreadable`."""
        *folders, name = os.fsencode(path).split(b"/")
        tree = self._tree
        for folder in folders:
            mode, tree = self._entries(tree).get(folder, (b"", ""))
            if mode != FOLDER:
                return None
        mode, blob = self._entries(tree).get(name, (b"", ""))
        found = self._objects.get(blob) if mode in FILES else None
        return found.data if found and found.kind == "blob" else None

    def below(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Path below `prefix` and object of every regular file. Raises `Unreadable`."""
        tree = self._tree
        for folder in os.fsencode(prefix).split(b"/")[:-1]:
            mode, tree = self._entries(tree).get(folder, (b"", ""))
            if mode != FOLDER:
                return
        waiting = [("", tree)]
        while waiting:
            above, tree = waiting.pop()
            for name, (mode, found) in self._entries(tree).items():
                path = f"{above}{os.fsdecode(name)}"
                if mode in FILES:
                    yield path, found
                elif mode == FOLDER and path.count("/") <= MAX_DEPTH:
                    waiting.append((f"{path}/", found))

    def content(self, name: str) -> bytes:
        """The content of the file that is an object. Raises `Unreadable`."""
        found = self._objects.get(name)
        return found.data if found and found.kind == "blob" else b""

    def _entries(self, tree: str) -> dict[bytes, tuple[bytes, str]]:
        """What a folder holds: mode and object by name."""
        if tree not in self._known:
            found = self._objects.get(tree)
            self._known[tree] = entries_of(found.data, len(tree) // 2) if found and found.kind == "tree" else {}
        return self._known[tree]


def entries_of(data: bytes, size: int) -> dict[bytes, tuple[bytes, str]]:
    """`mode name\\0object`, one after the other. The first of two equal names counts."""
    entries: dict[bytes, tuple[bytes, str]] = {}
    place = 0
    while place < len(data):
        end = data.find(b"\0", place)
        if end < 0 or end + 1 + size > len(data):
            break
        mode, _, name = data[place:end].partition(b" ")
        place = end + 1 + size
        entries.setdefault(name, (mode, data[end + 1 : place].hex()))
    return entries
