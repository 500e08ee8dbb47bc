"""The arguments that an audit takes on the command line and inside a project."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django_bearer_audit.command import FailOn, Format, Options
from django_bearer_audit.finding import Persona
from django_bearer_audit.limits import MEGABYTES


def add_arguments(parser: ArgumentParser) -> None:
    """Those about the report, which both have."""
    add = parser.add_argument
    add("--format", choices=list(Format), default=Format.TEXT, help="how to print the report (default: text)")
    add("--output", type=Path, metavar="FILE", help="write the report to this file")
    add("--persona", choices=list(Persona), help="pedantic shows everything")
    add("--fail-on", choices=list(FailOn), help="the severity that exits with 1 (default: low)")
    add("--all", action="store_true", help="show all findings of a first run")
    add("--diff", metavar="REVISION", help="only what is new since this revision")
    add(
        "--git-dir",
        type=Path,
        metavar="FOLDER",
        help="with --diff: the .git to read (default: the one around)",
    )
    add("--baseline", type=Path, metavar="FILE", help="accepted findings (default: .bearer-baseline.json)")
    add("--write-baseline", action="store_true", help="accept today's findings")
    add("--routes", action="store_true", help="print who may enter each route")
    add(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="of processor time; 0 for none (default: by the tree's size)",
    )
    add("--no-hint", action="store_true", help="leave out the last line")


def add_reading_arguments(parser: ArgumentParser) -> None:
    """Those of an audit that only reads, on top."""
    add = parser.add_argument
    add("--settings", metavar="MODULE", help="the production settings module")
    add("--fix", action="store_true", help="make the safe changes, then audit again")
    add("--unsafe", action="store_true", help="with --fix: the other changes too")
    add("--diff-only", action="store_true", help="with --fix: show, change nothing")
    add("--memory-limit", type=int, default=MEGABYTES, metavar="MEGABYTES", help="0 for none (default: %(default)s)")
    add("--no-cache", action="store_true", help="read everything anew")


def options(path: Path, given: dict[str, Any], **more: Any) -> Options:
    """What was given, as the options of one run."""
    return Options(
        path=path,
        form=Format(given["format"]),
        output=_path(given["output"]),
        persona=Persona(given["persona"]) if given["persona"] else None,
        fail_on=FailOn(given["fail_on"]) if given["fail_on"] else None,
        baseline=_path(given["baseline"]),
        write_baseline=given["write_baseline"],
        since=given["diff"],
        git_dir=_path(given["git_dir"]),
        everything=given["all"],
        hint=not given["no_hint"],
        time_limit=given["time_limit"],
        routes=given["routes"],
        **more,
    )


def _path(told: str | Path | None) -> Path | None:
    """A path, also where a program gives it as text: `call_command("bearer_audit", output="report.json")`."""
    return Path(told) if told else None


def reading_options(path: Path, given: dict[str, Any]) -> Options:
    return options(
        path,
        given,
        settings=given["settings"],
        fix=given["fix"] or given["diff_only"],
        unsafe=given["unsafe"],
        diff_only=given["diff_only"],
        cache=not given["no_cache"],
    )
