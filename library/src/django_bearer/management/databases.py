"""The option `--database` of commands about rows: for a database a tenant, which no request chooses here."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connections

from ..database import aliases
from .documented_command import DocumentedCommand

HELP = "alias of the database to act on (default: where sessions are written to)"


class DatabaseCommand(DocumentedCommand):
    """A command that acts on the rows of one database."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--database", default="", metavar="ALIAS", help=HELP)
        return parser

    def execute(self, *args: Any, **options: Any) -> Any:
        named = options["database"]
        if named and named not in connections:
            raise CommandError(f"There is no database {named!r}. Those there are: {', '.join(connections)}.")
        with aliases.at(named or aliases.sessions_alias()):
            return super().execute(*args, **options)
