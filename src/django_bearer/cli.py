"""The command line: `django-bearer audit PATH`."""

import gc
import sys
from pathlib import Path
from typing import Annotated, NoReturn

from django_bearer.audit.command import WRONG_USE, FailOn, Format, Options, run
from django_bearer.audit.finding import Persona

MISSING_EXTRA = 'The auditor needs its extra: pip install "django-bearer[audit]"'


def main() -> NoReturn:
    try:
        import rich  # noqa: F401  (typer prints its help and errors with it)
        import typer
    except ImportError:
        sys.stderr.write(MISSING_EXTRA + "\n")
        raise SystemExit(WRONG_USE) from None

    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    flag = typer.Option

    @app.callback()
    def about() -> None:
        """Find broken bearer-token authentication in a Django project."""

    @app.command("audit")
    def command(
        path: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The project's folder.")],
        form: Annotated[Format, flag("--format", help="How to print the report.")] = Format.TEXT,
        output: Annotated[Path | None, flag(help="Write the report to this file.")] = None,
        persona: Annotated[Persona | None, flag(help="pedantic shows everything.")] = None,
        fail_on: Annotated[FailOn | None, flag(help="The severity that exits with 1 (default: low).")] = None,
        settings: Annotated[str | None, flag(help="The production settings module.")] = None,
        everything: Annotated[bool, flag("--all", help="Show all findings of a first run.")] = False,
        since: Annotated[str | None, flag("--diff", help="Only lines changed since this revision.")] = None,
        baseline: Annotated[Path | None, flag(help="Accepted findings (.bearer-baseline.json).")] = None,
        write_baseline: Annotated[bool, flag("--write-baseline", help="Accept today's findings.")] = False,
        fix: Annotated[bool, flag("--fix", help="Make the safe changes, then audit again.")] = False,
        risky: Annotated[bool, flag("--unsafe", help="With --fix: the other changes too.")] = False,
        diff_only: Annotated[bool, flag("--diff-only", help="With --fix: show, change nothing.")] = False,
        routes: Annotated[bool, flag("--routes", help="Print who may enter each route.")] = False,
        no_cache: Annotated[bool, flag("--no-cache", help="Read everything anew.")] = False,
        no_hint: Annotated[bool, flag("--no-hint", help="Leave out the last line.")] = False,
    ) -> None:
        """Read a project, without importing or running it, and report what is wrong."""
        options = Options(
            path=path,
            form=form,
            output=output,
            persona=persona,
            fail_on=fail_on,
            settings=settings,
            baseline=baseline,
            write_baseline=write_baseline,
            since=since,
            everything=everything,
            hint=not no_hint,
            fix=fix or diff_only,
            unsafe=risky,
            diff_only=diff_only,
            cache=not no_cache,
            routes=routes,
        )
        gc.disable()  # the process ends with the audit: what it leaves behind is not worth collecting
        code = run(options)
        gc.freeze()
        raise SystemExit(code)

    app()
    raise SystemExit(0)
