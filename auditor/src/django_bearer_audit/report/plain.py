"""Text of the audited tree as text: printable, on one line, and no command to whoever reads the output.

Terminals obey control characters and turn lines round at bidirectional overrides. Build servers obey lines that begin
with `::` (GitHub) or hold `##[` or `##vso[` (GitHub, Azure Pipelines). Names, keys and source of the tree hold what
their author likes, so each printer takes them from here.
"""

from __future__ import annotations

import json
import re
from typing import Any

MOST = 1_000
"""Characters of one text: a name may be as long as a file."""
_LEADING = re.compile(r"(\s*):(?=:)")
_HASHES = re.compile(r"#(?=#\w*\[)")


def plain(text: str, most: int = MOST) -> str:
    """The text on one line, with everything that is not printed written as its escape: `\\n`, `\\x1b`, `\\u202e`."""
    if len(text) > most:
        text = f"{text[:most]}…"
    if not text.isprintable():
        text = "".join(each if each.isprintable() else escaped(each) for each in text)
    if "##" in text:
        text = _HASHES.sub(r"\\x23", text)
    leading = _LEADING.match(text)
    return f"{leading[1]}\\x3a{text[leading.end() :]}" if leading else text


def escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def plain_lines(text: str) -> str:
    """The same for text of several lines, such as code: each line by itself."""
    return "\n".join(plain(line.expandtabs(4)) for line in text.split("\n"))


def as_json(data: Any) -> str:
    """JSON of ASCII characters only, so that no program has to be trusted with what is between the quotes."""
    return _HASHES.sub(r"\\u0023", json.dumps(data, indent=2, ensure_ascii=True))
