"""The command line: `django-bearer audit PATH`."""

from __future__ import annotations

import gc
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import NoReturn

from django_bearer.audit.arguments import add_arguments, add_reading_arguments, reading_options
from django_bearer.audit.command import WRONG_USE, run
from django_bearer.audit.limits import limit_memory
from django_bearer.audit.report.plain import plain


def main() -> NoReturn:
    parser = _Parser(
        prog="django-bearer",
        description="Find broken bearer-token authentication in a Django project.",
        allow_abbrev=False,
    )
    told = "Read a project, without importing or running it, and report what is wrong."
    audit = parser.add_subparsers(metavar="COMMAND").add_parser(
        "audit", help=told, description=told, allow_abbrev=False
    )
    audit.add_argument("path", type=_folder, help="the project's folder")
    add_arguments(audit)
    add_reading_arguments(audit)
    given = vars(parser.parse_args())
    if not given:
        parser.print_help(sys.stderr)
        raise SystemExit(WRONG_USE)
    limit_memory(given["memory_limit"])
    gc.disable()  # the process ends with the audit: what it leaves behind is not worth collecting
    code = run(reading_options(given["path"], given))
    gc.freeze()
    raise SystemExit(code)


class _Parser(ArgumentParser):
    """Arguments may be names out of the audited tree, as a shell hands them over."""

    def error(self, message: str) -> NoReturn:
        super().error(plain(message))


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise ArgumentTypeError(f"{plain(text)} {'is no folder' if path.exists() else 'does not exist'}")
    return path
