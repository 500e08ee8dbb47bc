"""Commands whose --help teaches: its lines stay as they are laid out."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter


class _LinesKept(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's formatter, which puts its own options last, and leaves our text alone."""


class DocumentedCommand(BaseCommand):
    """A command whose `help` has more than one paragraph."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=_LinesKept, **kwargs)
