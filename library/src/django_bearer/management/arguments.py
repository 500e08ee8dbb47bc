"""Command-line arguments that are out of bounds: told in a line, before anything is done."""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.management.base import CommandError

MOST_DAYS = 36_500
"""A hundred years, in days: beyond it dates cannot be reckoned with."""
MOST_TEXT = 1_048_576
"""Bytes of input that a command reads."""
LONGEST = 500
"""Characters of a name or key on the command line."""


def whole(value: object, name: str, least: int, most: int) -> int:
    """A whole number within bounds. Raises `CommandError`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise CommandError(f"{name} takes a whole number between {least} and {most}.")
    return value


def name(value: object, option: str) -> str:
    """A string that any database can compare. Raises `CommandError` for half a character, NUL or great length."""
    text = str(value)
    if len(text) > LONGEST or "\x00" in text or not _is_unicode(text):
        raise CommandError(f"{option} takes a text of at most {LONGEST} characters, in UTF-8.")
    return text


def text_of(file: Path | str | None, hint: str = "") -> str:
    """The text of a file, or of standard input where none is named. Raises `CommandError` when it cannot be read.

    `hint` says what to do with a file that is too long or in another encoding.
    """
    try:
        raw = _read(file)
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if len(raw) > MOST_TEXT:
        raise CommandError(f"{file or 'Standard input'} is longer than {MOST_TEXT} bytes.{hint}")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise CommandError(f"{file or 'Standard input'} is not in UTF-8.{hint}") from None


def _read(file: Path | str | None) -> bytes:
    if file is not None:
        with Path(file).open("rb") as opened:
            return opened.read(MOST_TEXT + 1)
    if sys.stdin.isatty():
        return b""
    raw = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read(MOST_TEXT + 1).encode() if raw is None else bytes(raw.read(MOST_TEXT + 1))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
