"""Which lines changed since a revision, read from git's objects; nothing of the repository is run."""

from __future__ import annotations

import difflib
import hashlib
import subprocess
from pathlib import Path

from django_bearer.audit.finding import Finding, Place
from django_bearer.audit.policy.config import Problem

Ranges = list[tuple[int, int]]


class Changed:
    """The changed lines of each file, compared when first asked.

    `git diff` on a work tree may run filters and monitors that the repository's configuration names. Reading
    objects by their name does not, so the comparison is done here.
    """

    def __init__(self, root: Path, blobs: dict[str, str], prefix: str) -> None:
        self._root, self._blobs, self._prefix = root, blobs, prefix
        self._known: dict[str, Ranges] = {}

    def touches(self, finding: Finding) -> bool:
        return any(self._holds(place) for place in (finding.where, *finding.hit.related))

    def _holds(self, place: Place) -> bool:
        if place.path not in self._known:
            self._known[place.path] = self._ranges(place.path)
        return any(first <= place.line_end and place.line_start <= last for first, last in self._known[place.path])

    def _ranges(self, path: str) -> Ranges:
        now = _bytes(self._root / path)
        blob = self._blobs.get(self._prefix + path)
        if blob is None:
            return [(1, now.count(b"\n") + 1)]
        if blob == _blob_name(now, len(blob)):
            return []
        before = _git(self._root, "cat-file", "blob", blob) or b""
        matcher = difflib.SequenceMatcher(None, before.splitlines(), now.splitlines(), autojunk=False)
        return [
            (first + 1, max(last, first + 1)) for tag, _, _, first, last in matcher.get_opcodes() if tag != "equal"
        ]


def since(root: Path, revision: str) -> Changed | Problem:
    """What changed under `root` since a revision of the git repository around it."""
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    prefix = _git(root, "rev-parse", "--show-prefix")
    if commit is None or prefix is None:
        return Problem(f"--diff: {revision!r} is no revision of a git repository here")
    listing = _git(root, "ls-tree", "-r", "-z", "--full-tree", commit.decode().strip()) or b""
    blobs = {}
    for line in listing.split(b"\0"):
        meta, _, name = line.partition(b"\t")
        if meta:
            blobs[name.decode("utf-8", "surrogateescape")] = meta.split()[2].decode()
    return Changed(root, blobs, prefix.decode("utf-8", "surrogateescape").strip("\n"))


def _git(root: Path, *arguments: str) -> bytes | None:
    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "-C",
        str(root),
        *arguments,
    ]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _blob_name(data: bytes, length: int) -> str:
    """The name git gives a file's content."""
    full = b"blob %d\0" % len(data) + data
    return hashlib.sha256(full).hexdigest() if length == 64 else hashlib.sha1(full, usedforsecurity=False).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
