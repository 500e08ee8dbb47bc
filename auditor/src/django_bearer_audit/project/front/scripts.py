"""Cuts the scripts out of a front-end file: components and templates hold more than script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_BLOCK = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.S | re.I)
_SOURCE = re.compile(r"\bsrc\s*=", re.I)
_OTHER_TYPE = re.compile(
    r"\btype\s*=\s*[\"']?(?!module|text/javascript|application/javascript|text/babel)[\w/+.-]+", re.I
)
_TYPED = re.compile(r"\blang\s*=\s*[\"']?(tsx?)\b", re.I)
_PRINTED = re.compile(r"\{\{.*?\}\}", re.S)
_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
_ESCAPED = re.compile(rb"\\u00([0-7][0-9a-f])|\\u\{0{0,9}([0-7][0-9a-f])\}|\\x([0-7][0-9a-f])", re.I)
_LANGUAGES = {".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx"}


class Script(NamedTuple):
    """One script: its text, its language and the line of the file it starts on."""

    text: str
    language: str
    line: int = 1

    @property
    def source(self) -> bytes:
        """The text as its tree counts it."""
        return self.text.encode("utf-8", "replace")


@lru_cache(2)  # asked of one file by whoever looks whether it is worth reading, and by who reads it
def legible(data: bytes) -> bytes:
    """The script in UTF-8, each letter as itself: browsers take UTF-16 with its mark, and `\\u0053` in a name."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    return _ESCAPED.sub(_letter, data) if b"\\u" in data or b"\\x" in data else data


def _letter(escape: re.Match[bytes]) -> bytes:
    said = bytes([int(next(filter(None, escape.groups())), 16)])
    return said if said.isalnum() or said in b"_$" else escape[0]


def scripts(path: str, text: str) -> Iterator[Script]:
    """Every script of a file, template tags blanked out so that lines stay where they are."""
    suffix = "." + path.rpartition(".")[2].lower()
    if suffix not in {".vue", ".svelte", ".html", ".htm"}:
        yield Script(text, _LANGUAGES.get(suffix, "javascript"))
        return
    for block in _BLOCK.finditer(text):
        if not _SOURCE.search(block[1]) and not (suffix in {".html", ".htm"} and _OTHER_TYPE.search(block[1])):
            typed = _TYPED.search(block[1])
            body = _without_tags(block[2]) if suffix in {".html", ".htm"} else block[2]
            language = {"ts": "typescript", "tsx": "tsx"}.get(typed[1].lower() if typed else "", "javascript")
            yield Script(body, language, text.count("\n", 0, block.start(2)) + 1)


def _without_tags(text: str) -> str:
    """`{{ x }}` becomes a name of the same length, `{% … %}` space: both parse anywhere in a script."""
    named = _PRINTED.sub(lambda tag: _keep_lines(tag[0], "_"), text)
    return _TAG.sub(lambda tag: _keep_lines(tag[0], " "), named)


def _keep_lines(tag: str, filler: str) -> str:
    return "".join("\n" if letter == "\n" else filler for letter in tag)
