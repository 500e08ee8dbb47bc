"""The parts of a text that may hold a path to what is left out by its name: a word is seen sooner than a path."""

from __future__ import annotations

import re
from collections.abc import Iterator

FOLDERS = (
    rb"tests?|testing|testutils|__tests__|__mocks__|e2e|cypress|node_modules|bower_components|site-packages|"
    rb"venv|virtualenv|htmlcov|coverage|_build|_vendor|__pycache__|\.next|\.nuxt|\.tox|\.nox|\.venv|\.git|\.hg|"
    rb"\.\w+_cache"
)
_WORDS = (
    *(b"test", b"mocks__", b"e2e", b"ypress", b"e_modules", b"bower_", b"te-packages", b"env", b"cov", b"_build"),
    *(
        b"_vendor",
        b"pycache__",
        b".next",
        b".nuxt",
        b".tox",
        b".nox",
        b".git",
        b".hg",
        b"_cache",
        b".spec",
        b".stories",
    ),
)
"""One of them is in each such name."""
_NAME = re.compile(
    rb"(?:(?<=[/\"'`=\s:(,\[{\\])(?:"
    + FOLDERS
    + rb")|_cache)(?=[/\"'`)>\\\s])|\.(?:test|spec|stories)[/\"'`)>\\\s.?#]"
)
_NEAR = 20
"""Bytes of a name around such a word, at most."""
_ENDS = re.compile(rb"[\s\"'`()<>{}]")
_FAR = 600
"""Bytes; the longest path and what loads it are shorter."""


def parts_with_paths(data: bytes) -> Iterator[bytes]:
    """Each with as much around such a word as may belong to the path and to what loads it."""
    begin = end = 0
    for place in sorted(_places(data)):
        if place >= end - _FAR // 2:
            if place - _FAR > end:
                if end:
                    yield data[begin:end]
                begin = max(0, place - _FAR)
            after = _ENDS.search(data, place + _FAR)
            end = after.end() if after else len(data)
    if end:
        yield data[begin:end]


def _places(data: bytes) -> Iterator[int]:
    """Where one of the words stands as a part of a path, which is quicker to see than a path."""
    lower = data.lower()
    for word in _WORDS:
        at = lower.find(word)
        while at >= 0:
            called = lower[at + len(word) : at + len(word) + 1] == b"("  # `.test(`, in no path and very frequent
            if not called and _NAME.search(lower, max(0, at - _NEAR), at + _NEAR):
                yield at
            at = lower.find(word, at + 1)
