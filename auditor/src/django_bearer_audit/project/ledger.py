"""What every answer rests on: the files that were read for it, and the searches that were made.

This is what makes a second run quick. An answer stands for as long as no file it rests on has changed, and no
changed file answers yes to one of its searches. So answers are kept with what they rest on, and an answer that
is asked for again passes on to whoever asks what it rests on itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Search = tuple[str, ...]
"""`any` or `all` with words, `pattern` with its flags and itself, or one of the two below."""
FRONT: Search = ("front",)
"""Whether a changed file of the front end holds facts, or did."""
OTHER: Search = ("other",)
"""Whether a file changed that is neither Python nor a script."""

_NO_FILES: frozenset[str] = frozenset()
_NO_SEARCHES: frozenset[Search] = frozenset()
_NO_PARTS: frozenset[Reads] = frozenset()
_FEW = 12
"""Files up to which it is cheaper to copy what an answer rests on than to point at it."""


class Reads:
    """What one answer rests on; `old` when it was kept by an earlier run, which then knows the rest.

    There is one for each of a hundred thousand answers: most rest on one file, and share the set with all that do.
    """

    __slots__ = ("_more", "_parts", "files", "old", "parts", "searches", "small")

    def __init__(self, old: int | None = None) -> None:
        self.old = old
        self.files: AbstractSet[str] = _NO_FILES
        self.searches: AbstractSet[Search] = _NO_SEARCHES
        self.parts: AbstractSet[Reads] = _NO_PARTS
        self._more: set[str] | None = None
        self._parts: set[Reads] | None = None
        self.small = False
        """Whether it is finished and rests on a few files only."""

    def file(self, path: str) -> None:
        if path not in self.files:
            if self._more is None:
                self.files = self._more = set()
            self._more.add(path)

    def search(self, search: Search) -> None:
        if search not in self.searches:
            self.searches = {*self.searches, search}

    def add(self, other: Reads) -> None:
        """Rest on another answer, too. One that is not finished yet may still grow, as in a circle of imports."""
        if not other.small:
            if other not in self.parts:
                if self._parts is None:
                    self.parts = self._parts = set()
                self._parts.add(other)
        elif other.files is not self.files:
            for path in other.files:
                self.file(path)

    def finish(self, known: dict[AbstractSet[str], frozenset[str]]) -> None:
        """Nothing is added from now on."""
        if len(self.files) <= _FEW:
            files = frozenset(self.files)
            self.files, self._more = known.setdefault(files, files), None
            self.small = not self.searches and not self.parts


Held = dict[Key, tuple[Value, Reads]]
"""Answers of this run."""


class Ledger:
    """Knows what is being answered, and writes down what is read meanwhile."""

    def __init__(self) -> None:
        self.now = Reads()
        """What the answer that is being found out rests on so far."""
        self._before: dict[str, dict[str, tuple[int, Any]]] = {}
        self.kept: dict[tuple[str, str], tuple[Any, Reads, Any]] = {}
        """Of each answer to keep: itself, what it rests on, and its form for the next run."""
        self._sets: dict[AbstractSet[str], frozenset[str]] = {}

    def file(self, path: str) -> None:
        self.now.file(path)

    def search(self, search: Search) -> None:
        self.now.search(search)

    def rest_on(self, reads: Reads) -> None:
        self.now.add(reads)

    def begin(self) -> Reads:
        """What is read from now on belongs to one answer. Hand what was going on before to `end`."""
        outer, self.now = self.now, Reads()
        return outer

    def end(self, outer: Reads) -> Reads:
        """The answer is found: what it rests on, and so does whoever asked for it."""
        reads, self.now = self.now, outer
        self.finish(reads)
        outer.add(reads)
        return reads

    def finish(self, reads: Reads) -> None:
        """Nothing more is read for one answer."""
        reads.finish(self._sets)

    def memo(self, held: Held[Key, Value], key: Key, make: Callable[[], Value]) -> Value:
        """The answer of this run, found out once."""
        known = held.get(key)
        if known is not None:
            self.now.add(known[1])
            return known[0]
        outer = self.begin()
        try:
            value = make()
        finally:
            reads = self.end(outer)
        held[key] = (value, reads)
        return value

    def valid_answers(self) -> Iterator[tuple[str, str, Reads, Any]]:
        """Every answer for the next run: those of this run, and those of the last that nobody asked for."""
        for (kind, key), (_, reads, data) in self.kept.items():
            yield kind, key, reads, data
        for kind, answers in self._before.items():
            for key, (node, data) in answers.items():
                if (kind, key) not in self.kept:
                    yield kind, key, Reads(node), data

    def recall(self, before: dict[str, dict[str, tuple[int, Any]]]) -> None:
        """Answers of the last run that still stand: by kind and key, what they rest on and their kept form."""
        self._before = before

    def keep(
        self,
        kind: str,
        key: str,
        make: Callable[[], Value],
        write: Callable[[Value], Any],
        read: Callable[[Any], Value],
    ) -> Value:
        """An answer that outlives the run: recalled when it stands, else found out and kept in its JSON form."""
        known = self.kept.get((kind, key))
        if known is None:
            known = self.kept[kind, key] = self._recalled(kind, key, read) or self._found(make, write)
        self.now.add(known[1])
        answer: Value = known[0]
        return answer

    def _recalled(self, kind: str, key: str, read: Callable[[Any], Any]) -> tuple[Any, Reads, Any] | None:
        before = self._before.get(kind, {}).get(key)
        if before is None:
            return None
        try:
            return read(before[1]), Reads(before[0]), before[1]
        except (KeyError, TypeError, ValueError, AttributeError):  # not what was written: find out again
            return None

    def _found(self, make: Callable[[], Any], write: Callable[[Any], Any]) -> tuple[Any, Reads, Any]:
        outer = self.begin()
        try:
            value = make()
        finally:
            reads = self.end(outer)
        return value, reads, write(value)


def _holds(words: list[bytes], one: bool, data: bytes) -> bool:
    """Whether a text holds one of the words, or all of them."""
    for word in words:
        if (word in data) is one:
            return one
    return not one


def finder(search: Search) -> Callable[[bytes], bool]:
    """Whether a Python file with some content is found by a search."""
    match search:
        case ("any" | "all", word):
            wanted = word.encode()
            return lambda data: wanted in data
        case ("any" | "all" as how, *words):
            encoded = [word.encode() for word in words]
            return partial(_holds, encoded, how == "any")
        case ("pattern", flags, pattern):
            compiled = re.compile(pattern.encode("latin-1"), int(flags))
            return lambda data: compiled.search(data) is not None
        case _:
            return lambda data: False
