"""The option `--issuer` of commands: all issuers are meant unless one is named, and that one must be there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ..database import known_issuers

HELP = "one issuer by its URL (default: all there are)"


def add_issuer(parser: CommandParser, text: str = HELP) -> None:
    """Let a command take `--issuer`."""
    parser.add_argument("--issuer", default="", metavar="URL", help=text)


def chosen(options: dict[str, Any], known: Sequence[str]) -> list[str]:
    """The issuers a command is to act on, out of those there are. Raises `CommandError` for one that is not there.

    A mistyped name must neither make keys nor end nothing in silence.
    """
    name = options["issuer"]
    if name and name not in known and not known_issuers.could_begin(name):
        raise CommandError(f"There is no issuer {name!r}. Those there are: {', '.join(known) or 'none'}.")
    if not name and not known:
        raise CommandError("No issuer has keys yet, and ISSUER is a function that needs a request to name one.")
    return [name] if name else list(known)
