"""Which lines changed since a revision, read from git's objects; no git is started."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django_bearer_audit.finding import Finding, Place
from django_bearer_audit.git import repository, revisions
from django_bearer_audit.git.files import Files
from django_bearer_audit.git.store import Unreadable
from django_bearer_audit.policy.config import Problem
from django_bearer_audit.project.files import is_of_a_kind
from django_bearer_audit.reading import most_of, read
from django_bearer_audit.writing import below

Ranges = list[tuple[int, int]]
_OTHER_ENDS = re.compile("\r(?!\n)|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Ends of lines to some readers of a file and not to others: numbers of lines are not comparable then."""
_MOST_PAIRS = 4_000_000
"""Lines times lines that are compared: it takes some seconds at worst."""


class Changed:
    """The changed lines of each file, compared when first asked. What cannot be compared has changed."""

    def __init__(self, root: Path, before: Files, prefix: str) -> None:
        self._root, self._before, self._prefix = root, before, prefix
        self._known: dict[str, Ranges] = {}

    def touches(self, finding: Finding) -> bool:
        return any(self._holds(place) for place in (finding.where, *finding.hit.related))

    def before(self) -> Iterator[tuple[str, bytes]]:
        """Path and content of the files that an audit of the revision reads, as far as the repository holds them."""
        with suppress(Unreadable):  # what is missing there has no finding there, and is new
            for path, found in self._before.below(self._prefix):
                if is_of_a_kind(path.rpartition("/")[2]) and not below(path):
                    yield path, self._before.content(found)[: most_of(path) + 1]

    def _holds(self, place: Place) -> bool:
        if place.path not in self._known:
            self._known[place.path] = self._ranges(place.path)
        return any(first <= place.line_end and place.line_start <= last for first, last in self._known[place.path])

    def _ranges(self, path: str) -> Ranges:
        try:
            now = read(self._root, path)
        except OSError:
            now = b""
        try:
            before = self._before.get(self._prefix + path)
        except Unreadable:
            before = None
        return [(1, now.count(b"\n") + now.count(b"\r") + 1)] if before is None else ranges(before, now)


def ranges(before: bytes, now: bytes) -> Ranges:
    """First and last number of each group of lines that differ, by their numbers now."""
    if before == now:
        return []
    old, new = before.split(b"\n"), now.split(b"\n")
    most = min(len(old), len(new))
    start = next((number for number in range(most) if old[number] != new[number]), most)
    most -= start
    end = next((number for number in range(most) if old[-1 - number] != new[-1 - number]), most)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if _OTHER_ENDS.search(now.decode("utf-8", "replace")):
        return [(1, len(now) + 1)]
    if len(old) * len(new) > _MOST_PAIRS:
        return [(start + 1, start + max(1, len(new)))]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        (start + first + 1, start + max(last, first + 1))
        for tag, _, _, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]


def since(root: Path, revision: str, git_dir: Path | None = None) -> Changed | Problem:
    """What changed under `root` since a revision of the repository around it, or of the one that is named."""
    try:
        found = repository.at(git_dir) if git_dir else repository.around(root)
        if found is None:
            return Problem(f"--diff: {root} lies in no git repository; --git-dir names one")
        tree = revisions.tree_of(found, revision)
    except Unreadable as error:
        return Problem(f"--diff {revision}: {error}")
    real, top = Path(os.path.realpath(root)), Path(os.path.realpath(found.top))
    if not real.is_relative_to(top):
        return Problem(f"--diff: {root} does not lie in {top}")
    prefix = real.relative_to(top).as_posix()
    return Changed(root, Files(found.objects, tree), "" if prefix == "." else f"{prefix}/")
