"""`manage.py bearer_audit`: the auditor with the settings really loaded and the routes really resolved."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from ...audit.command import FailOn, Format, Options, run
from ...audit.finding import Persona
from ...live import loaded
from ..folder import project_folder
from ..teaching import TaughtCommand


class Command(TaughtCommand):
    help = """\
Audit this project, as `django-bearer audit` does, with its settings really loaded and its routes really resolved.

Run it with the settings that you deploy: what is loaded is what is judged. Of a secret only the place where the
source sets it is looked at, never its value. Exits with 0 (nothing at or above --fail-on), 1 (something), 2 (wrong
use).
"""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, help="the project's folder (default: BASE_DIR)")
        parser.add_argument("--format", choices=list(Format), default=Format.TEXT, help="how to print the report")
        parser.add_argument("--output", type=Path, help="write the report to this file")
        parser.add_argument("--persona", choices=list(Persona), help="pedantic shows everything")
        parser.add_argument("--fail-on", choices=list(FailOn), help="the severity that exits with 1 (default: low)")
        parser.add_argument("--all", action="store_true", help="show all findings of a first run")
        parser.add_argument("--diff", help="only lines changed since this revision")
        parser.add_argument("--baseline", type=Path, help="accepted findings (.bearer-baseline.json)")
        parser.add_argument("--write-baseline", action="store_true", help="accept today's findings")
        parser.add_argument("--routes", action="store_true", help="print who may enter each route")
        parser.add_argument("--no-hint", action="store_true", help="leave out the last line")

    def handle(self, *args: Any, **given: Any) -> None:
        code = run(
            Options(
                path=given["path"] or project_folder(),
                form=Format(given["format"]),
                output=given["output"],
                persona=Persona(given["persona"]) if given["persona"] else None,
                fail_on=FailOn(given["fail_on"]) if given["fail_on"] else None,
                baseline=given["baseline"],
                write_baseline=given["write_baseline"],
                since=given["diff"],
                everything=given["all"],
                hint=not given["no_hint"],
                routes=given["routes"],
                loaded=loaded(),
                told=self.stderr.write,
            )
        )
        if code:
            sys.exit(code)
