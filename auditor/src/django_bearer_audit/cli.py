"""The command line: `django-bearer-audit PATH`, `django-bearer-audit routes PATH` and `django-bearer-audit rules`."""

from __future__ import annotations

import gc
import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from typing import NoReturn

from django_bearer_audit.arguments import add_arguments, add_reading_arguments, reading_options
from django_bearer_audit.command import CLEAN, WRONG_USE, run
from django_bearer_audit.limits import limit_memory
from django_bearer_audit.report.plain import plain

ABOUT = """\
Find broken bearer-token authentication in a Django project, without importing or running it.

  django-bearer-audit PATH           report what is wrong
  django-bearer-audit routes PATH    print who may enter each route
  django-bearer-audit rules          list the rules
"""
ROUTES, RULES = "routes", "rules"


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command with these arguments, None for those of the process, and exit with its status."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given:
        _parser().print_help(sys.stderr)
        raise SystemExit(WRONG_USE)
    if given == [RULES]:
        _print_rules()
        raise SystemExit(CLEAN)
    # A folder may be named `routes`: alone it is the folder.
    if given[0] == ROUTES and len(given) > 1:
        given = [*given[1:], "--routes"]
    _audit(given)


def _audit(arguments: list[str]) -> NoReturn:
    given = vars(_parser().parse_args(arguments))
    limit_memory(given["memory_limit"])
    gc.disable()  # the process ends with the audit: what it leaves behind is not worth collecting
    code = run(reading_options(given["path"], given))
    gc.freeze()
    raise SystemExit(code)


def _print_rules() -> None:
    from django_bearer_audit.registry import all_rules

    for rule in all_rules():
        print(f"{rule.id}  {rule.severity.name.lower():6}  {rule.title}")


def _parser() -> ArgumentParser:
    parser = _Parser(
        prog="django-bearer-audit",
        description=ABOUT,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("path", type=_folder, help="the project's folder")
    add_arguments(parser)
    add_reading_arguments(parser)
    return parser


class _Parser(ArgumentParser):
    """Arguments may be names out of the audited tree, as a shell hands them over."""

    def error(self, message: str) -> NoReturn:
        super().error(plain(message))


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise ArgumentTypeError(f"{plain(text)} {'is no folder' if path.exists() else 'does not exist'}")
    return path
