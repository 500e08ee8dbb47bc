"""The command line: `django-bearer audit PATH`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

from django_bearer.audit.engine import audit as run_audit
from django_bearer.audit.finding import Persona, Report, Severity
from django_bearer.audit.project import Project
from django_bearer.audit.report import json as json_report
from django_bearer.audit.report import routes as routes_report
from django_bearer.audit.report import text as text_report

MISSING_EXTRA = 'The auditor needs its extra: pip install "django-bearer[audit]"'
FOUND, WRONG_USE = 1, 2


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


class FailOn(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    NEVER = "never"


def exit_code(report: Report, fail_on: FailOn) -> int:
    """0 when nothing is found at or above the bar, else 1; 2 is kept for wrong use."""
    worst = report.worst()
    if worst is None or fail_on is FailOn.NEVER:
        return 0
    return FOUND if worst >= Severity[fail_on.name] else 0


def audit(path: Path, form: Format, persona: Persona, fail_on: FailOn, settings: str | None) -> int:
    report = run_audit(path, persona=persona, settings_module=settings)
    render = json_report.render if form is Format.JSON else text_report.render
    say(render(report))
    return exit_code(report, fail_on)


def routes(path: Path, settings: str | None) -> int:
    """Print the route table instead of findings."""
    say(routes_report.render(Project(path, settings).routes.table))
    return 0


def say(answer: str) -> None:
    """A file name or literal may hold what no encoding can say; a report must not break on it."""
    sys.stdout.flush()
    sys.stdout.buffer.write((answer.rstrip("\n") + "\n").encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def main() -> NoReturn:
    try:
        import rich  # noqa: F401  (typer prints its help and errors with it)
        import typer
    except ImportError:
        sys.stderr.write(MISSING_EXTRA + "\n")
        raise SystemExit(WRONG_USE) from None

    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @app.callback()
    def about() -> None:
        """Find broken bearer-token authentication in a Django project."""

    @app.command("audit")
    def command(
        path: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The project's folder.")],
        form: Annotated[Format, typer.Option("--format", help="How to print the report.")] = Format.TEXT,
        persona: Annotated[Persona, typer.Option(help="pedantic shows everything.")] = Persona.REGULAR,
        fail_on: Annotated[FailOn, typer.Option(help="The severity that exits with 1.")] = FailOn.LOW,
        settings: Annotated[str | None, typer.Option(help="The production settings module.")] = None,
        table: Annotated[bool, typer.Option("--routes", help="Print who may enter each route.")] = False,
    ) -> None:
        """Read a project, without importing or running it, and report what is wrong."""
        if table:
            raise SystemExit(routes(path, settings))
        raise SystemExit(audit(path, form, persona, fail_on, settings))

    app()
    raise SystemExit(0)
