"""`manage.py bearer_audit`: the auditor with the settings really loaded and the routes really resolved."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from ..auditor import auditor, loaded_project
from ..documented_command import DocumentedCommand
from ..project_folder import project_folder


class Command(DocumentedCommand):
    help = """\
Audit this project, as `django-bearer-audit` does, with its settings really loaded and its routes really resolved.

Run it with the settings that you deploy: what is loaded is what is judged. Of a secret only the place where the
source sets it is looked at, never its value. Exits with 0 (nothing at or above --fail-on), 1 (something), 2 (wrong
use).
"""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, help="the project's folder (default: BASE_DIR)")
        auditor().add_arguments(parser)

    def handle(self, *args: Any, **given: Any) -> None:
        path = Path(given["path"] or project_folder())
        shown = partial(self.stdout.write, ending="")
        code = auditor().audit_project(path, given, loaded_project(), shown, self.stderr.write)
        if code:
            sys.exit(code)
