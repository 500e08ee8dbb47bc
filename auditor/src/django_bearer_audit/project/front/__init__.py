"""The front end of the tree: each file as facts, read once, with what was left out and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project.files import Tree, content_name, is_built
from django_bearer_audit.project.front import reader, syntax
from django_bearer_audit.project.front.facts import FileFacts, from_data
from django_bearer_audit.project.front.references import loaded
from django_bearer_audit.project.ledger import FRONT, Ledger
from django_bearer_audit.reading import SCRIPTS

SUFFIXES = (*SCRIPTS, ".html", ".htm")

_STATE = re.compile(r"(?:reducer|slice|store|state)[\w.-]*$", re.I)


class Front:
    """Ask `files`; nothing is read before."""

    def __init__(self, tree: Tree, ledger: Ledger, known: dict[str, dict[str, Any]] | None = None) -> None:
        self._tree = tree
        self._ledger = ledger
        self._skipped: list[Skipped] = []
        self._known = known or {}
        """Facts of an earlier run by content."""
        self.seen: dict[str, dict[str, Any]] = {}
        self.read: set[str] = set()
        """Files whose content mattered."""

    @property
    def files(self) -> dict[str, FileFacts]:
        """Facts by path, for every file that has some; what was built or collected as it is counts once."""
        self._ledger.search(FRONT)
        return self._files

    @property
    def state(self) -> dict[str, tuple[str, ...]]:
        """Names of tokens in the state that files declare, also of files that touch no storage."""
        self._ledger.search(FRONT)
        return self._state

    @cached_property
    def _files(self) -> dict[str, FileFacts]:
        found = {path: self._facts(path, data) for path, data in self._each()}
        return {path: facts for path, facts in found.items() if facts != FileFacts()}

    def _each(self) -> Iterator[tuple[str, bytes]]:
        """The files that are worth reading. One at a time: together they may be larger than all the rest."""
        names: set[str] = set()
        for path in sorted(self._tree.ending(*SUFFIXES), key=is_built):
            data = self._wanted(path)
            if data and not syntax.available():
                self._skipped.append(Skipped(".", syntax.MISSING))
                return
            if data and not (is_built(path) and content_name(data) in names):
                names.add(content_name(data))
                yield path, data

    @cached_property
    def _state(self) -> dict[str, tuple[str, ...]]:
        read = {path: state for path, data in self._each() if (state := self._declared(path, data))}
        paths = (path for path in self._tree.ending(*SUFFIXES) if _STATE.search(path))
        known = read.keys() | self._files.keys()
        found = {path: self._declared(path, self._tree.read(path)) for path in paths if path not in known}
        return found | read

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        self._ledger.search(FRONT)
        return tuple(self._skipped)

    def begin(self) -> None:
        """Read the files, unless an earlier run did: the tree of a bundle takes more memory than all the rest."""
        self._referring()

    def loaded(self) -> Iterator[Skipped]:
        """The scripts that no rule has seen and that a file which was read loads."""
        for path, named in self._referring():
            yield from loaded(self._tree, path, named)

    def _referring(self) -> list[tuple[str, list[str]]]:
        found: list[tuple[str, list[str]]] = self._ledger.keep("front references", "", self._references, list, list)
        return found

    def _references(self) -> list[tuple[str, list[str]]]:
        return [(path, [*facts.references]) for path, facts in self.files.items() if facts.references]

    def _wanted(self, path: str) -> bytes | None:
        try:
            data = self._tree.read(path)
        except OSError as error:
            self._skipped.append(Skipped(path, f"cannot be read: {error.strerror}"))
            return None
        return data if reader.may_hold_facts(data) else None

    def _facts(self, path: str, data: bytes) -> FileFacts:
        return from_data(self._kept(path, data, "", lambda: reader.read(path, data).as_data()))

    def _declared(self, path: str, data: bytes) -> tuple[str, ...]:
        return tuple(self._kept(path, data, " state", lambda: {"state": reader.state(path, data)})["state"])

    def _kept(self, path: str, data: bytes, what: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Found out once for a content, and for a kind of file."""
        self.read.add(path)
        key = f"{path.rpartition('.')[2]}{what}:{content_name(data)}"
        if key not in self.seen:
            self.seen[key] = self._known[key] if key in self._known else make()
        return self.seen[key]
