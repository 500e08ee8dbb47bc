"""What every answer rests on: the files that were read for it, and the searches that were made.

This is what makes a second run quick. An answer stands for as long as no file it rests on has changed, and no
changed file answers yes to one of its searches. So answers are kept with what they rest on, and an answer that
is asked for again passes on to whoever asks what it rests on itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Search = tuple[str, ...]
"""`any` or `all` with words, `pattern` with its flags and itself, or one of the two below."""
FRONT: Search = ("front",)
"""Whether a changed file of the front end holds facts, or did."""
OTHER: Search = ("other",)
"""Whether a file changed that is neither Python nor a script."""

_FEW = 12
"""Files up to which it is cheaper to copy what an answer rests on than to point at it."""


class Reads:
    """What one answer rests on; `old` when it was kept by an earlier run, which then knows the rest."""

    __slots__ = ("files", "finished", "old", "parts", "searches")

    def __init__(self, old: int | None = None) -> None:
        self.old = old
        self.files: set[str] = set()
        self.searches: set[Search] = set()
        self.parts: set[Reads] = set()
        self.finished = old is not None

    def add(self, other: Reads) -> None:
        """Rest on another answer, too. One that is not finished yet may still grow, as in a circle of imports."""
        small = not other.searches and not other.parts and len(other.files) <= _FEW
        if small and other.finished and other.old is None:
            self.files |= other.files
        else:
            self.parts.add(other)


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

    def file(self, path: str) -> None:
        self.now.files.add(path)

    def search(self, search: Search) -> None:
        self.now.searches.add(search)

    def rest_on(self, reads: Reads) -> None:
        self.now.add(reads)

    @contextmanager
    def answering(self) -> Iterator[Reads]:
        """Everything read within it belongs to one answer, and to whoever asked for it."""
        outer, reads = self.now, Reads()
        self.now = reads
        try:
            yield reads
        finally:
            reads.finished = True
            self.now = outer
            outer.add(reads)

    def memo(self, held: Held[Key, Value], key: Key, make: Callable[[], Value]) -> Value:
        """The answer of this run, found out once."""
        known = held.get(key)
        if known is not None:
            self.now.add(known[1])
            return known[0]
        with self.answering() as reads:
            value = make()
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
        with self.answering() as reads:
            value = make()
        return value, reads, write(value)


def finder(search: Search) -> Callable[[bytes], bool]:
    """Whether a Python file with some content is found by a search."""
    match search:
        case ("any" | "all" as how, *words):
            wanted = [word.encode() for word in words]
            every = all if how == "all" else any
            return lambda data: every(word in data for word in wanted)
        case ("pattern", flags, pattern):
            compiled = re.compile(pattern.encode("latin-1"), int(flags))
            return lambda data: compiled.search(data) is not None
        case _:
            return lambda data: False
