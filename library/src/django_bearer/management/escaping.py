"""Text that somebody else chose, as a command prints it: on one line, and nothing that a terminal obeys."""

from __future__ import annotations


def escape(text: object) -> str:
    """The text with everything that is not printed written as its escape: `\\n`, `\\x1b`, `\\u202e`."""
    told = str(text)
    if told.isprintable():
        return told
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in told)
