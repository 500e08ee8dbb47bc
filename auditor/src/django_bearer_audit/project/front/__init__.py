"""The front end of the tree: each file as facts, read once, with what was left out and why."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project.files import Tree, content_name
from django_bearer_audit.project.front import reader, syntax
from django_bearer_audit.project.front.facts import FileFacts, from_data
from django_bearer_audit.project.front.scripts import is_not_written_here, legible
from django_bearer_audit.project.ledger import FRONT, Ledger

LIBRARY = "bundled, minified or a library's file"
SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte")
"""Files that are read for these facts and for nothing else."""
SUFFIXES = (*SCRIPTS, ".html", ".htm")

_STATE = re.compile(r"(?:reducer|slice|store|state)[\w.-]*$", re.I)


class Front:
    """Ask `files`; nothing is read before."""

    def __init__(self, tree: Tree, ledger: Ledger, known: dict[str, dict[str, Any] | None] | None = None) -> None:
        self._tree = tree
        self._ledger = ledger
        self._skipped: list[Skipped] = []
        self._known = known or {}
        """Facts of an earlier run by content; None for what is not written here."""
        self.seen: dict[str, dict[str, Any] | None] = {}
        self.read: set[str] = set()
        """Files whose content mattered."""

    @property
    def files(self) -> dict[str, FileFacts]:
        """Facts by path, for every file that has some."""
        self._ledger.search(FRONT)
        return self._files

    @property
    def state(self) -> dict[str, FileFacts]:
        """Facts of the files that declare application state, also of those that touch no storage."""
        self._ledger.search(FRONT)
        return self._state

    @cached_property
    def _files(self) -> dict[str, FileFacts]:
        paths = self._tree.ending(*SUFFIXES)
        candidates = {path: data for path in paths if (data := self._wanted(path))}
        if candidates and not syntax.available():
            self._skipped.append(Skipped(".", syntax.MISSING))
            return {}
        found = {path: facts for path, data in candidates.items() if (facts := self._facts(path, data))}
        return {path: facts for path, facts in found.items() if facts != FileFacts()}

    @cached_property
    def _state(self) -> dict[str, FileFacts]:
        paths = (path for path in self._tree.ending(*SUFFIXES) if _STATE.search(path))
        data = {path: self._tree.read(path) for path in paths if path not in self._files}
        found = {path: facts for path, text in data.items() if (facts := self._facts(path, text))}
        return found | {path: facts for path, facts in self._files.items() if facts.state}

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        self._ledger.search(FRONT)
        return tuple(self._skipped)

    def _wanted(self, path: str) -> bytes | None:
        try:
            data = self._tree.read(path)
        except OSError as error:
            self._skipped.append(Skipped(path, f"cannot be read: {error.strerror}"))
            return None
        return data if reader.may_hold_facts(data) else None

    def _facts(self, path: str, data: bytes) -> FileFacts | None:
        self.read.add(path)
        key = f"{path.rpartition('.')[2]}:{content_name(data)}"
        if key not in self.seen:
            self.seen[key] = self._known[key] if key in self._known else _read(path, data)
        facts = self.seen[key]
        if facts is None:
            self._skipped.append(Skipped(path, LIBRARY))
            return None
        return from_data(facts)


def _read(path: str, data: bytes) -> dict[str, Any] | None:
    text = legible(data).decode("utf-8", "replace")
    if not path.lower().endswith((".html", ".htm")) and is_not_written_here(text):
        return None
    return reader.read(path, text).as_data()
