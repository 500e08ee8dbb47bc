"""In which encoding a Python file is written, and what a search for words looks at.

Rules look for words in the bytes of a file before they parse it. Bytes may say a word in other ways: in an encoding
that writes letters as something else, or in letters that Python takes for others in a name (PEP 3131, NFKC).
Standard library only: `project/syntax.py` asks it in an interpreter of its own.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from unicodedata import combining, normalize

_DECLARED = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""PEP 263: a comment alone on the first or the second line."""
_ENDS = re.compile(rb"\r\n|\r|\n")
_KNOWN = frozenset({"utf-8", "ascii", "koi8-r", "koi8-u", "gb2312", "gbk", "big5", "euc_jp", "euc_kr", "shift_jis"})
_LATIN = ("latin-1-", "iso-8859-1-", "iso-latin-1-")
_FAMILIES = ("iso8859-", "cp125")
"""Encodings in which a letter of ASCII is written as itself and nothing else is."""


_MOST_MARKS = 30
"""Marks on one letter: the stream-safe text format of Unicode (UAX #15, section 13) knows no more."""
_FOREIGN = re.compile(rb"[\x80-\xff]{%d,}" % (_MOST_MARKS + 1))


def is_piled_up(data: bytes) -> bool:
    """Whether a letter bears more marks than any language writes.

    Python puts the marks of a name in order (PEP 3131), in a time that grows with their square: one file takes hours.
    """
    return any(_longest_pile(run) > _MOST_MARKS for run in _FOREIGN.findall(data))


def _longest_pile(run: bytes) -> int:
    longest = now = 0
    for character in run.decode("utf-8", "replace"):
        now = now + 1 if _is_mark(character) else 0
        longest = max(longest, now)
    return longest


@cache
def _is_mark(character: str) -> bool:
    return combining(normalize("NFKD", character)[0]) > 0


def encoding_of(data: bytes) -> str | None:
    """The codec of a Python file; None where letters may be written as something else. Raises `LookupError`."""
    if b"coding" not in data:
        return "utf-8"
    for line in _ENDS.split(data, 2)[:2]:
        found = _DECLARED.match(line.removeprefix(codecs.BOM_UTF8))
        if found:
            return _known(found[1].decode().lower().replace("_", "-"))
    return "utf-8"


def _known(said: str) -> str | None:
    if f"{said}-".startswith("utf-8-"):  # `utf-8-unix` of Emacs, which Python takes for UTF-8
        return "utf-8"
    name = codecs.lookup("latin-1" if f"{said}-".startswith(_LATIN) else said).name
    return name if name in _KNOWN or name.startswith(_FAMILIES) else None


def searchable(data: bytes) -> bytes:
    """What a search for words looks at: the bytes of a Python file, and its names as Python takes them."""
    if data.isascii():
        return data
    try:
        text = data.decode(encoding_of(data) or "utf-8", "replace")
    except LookupError:
        return data
    if is_piled_up(text.encode("utf-8", "replace")):  # such a file is not parsed either
        return data
    plain = normalize("NFKC", text)
    return data if plain == text else data + b"\n" + plain.encode("utf-8", "replace")
