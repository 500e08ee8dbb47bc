"""What one `django-bearer-audit` does, apart from reading its arguments.

What only some runs need (a report's format, fixes, a comparison with git) is imported when it is asked for: most of
the time of an audit of a small project is start-up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Persona, Report, Severity
from django_bearer_audit.limits import TooLong, allow, time_limit
from django_bearer_audit.policy import Policy, baseline, config
from django_bearer_audit.policy.baseline import Baseline
from django_bearer_audit.policy.config import Config, Problem
from django_bearer_audit.project import Project
from django_bearer_audit.project.files import TooLarge
from django_bearer_audit.project.loaded import Loaded
from django_bearer_audit.reading import read
from django_bearer_audit.report import routes
from django_bearer_audit.report.plain import plain
from django_bearer_audit.report.progress import Progress
from django_bearer_audit.writing import Ground, replace

if TYPE_CHECKING:
    from django_bearer_audit.policy.changed import Changed

CLEAN, FOUND, WRONG_USE = 0, 1, 2


class Format(StrEnum):
    """Each is a module of `report/`."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"
    HTML = "html"


class FailOn(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    NEVER = "never"


class _Unwritable(Exception):
    """The report has nowhere to go."""


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of one run; None where the project's configuration may decide."""

    path: Path
    form: Format = Format.TEXT
    output: Path | None = None
    persona: Persona | None = None
    fail_on: FailOn | None = None
    settings: str | None = None
    baseline: Path | None = None
    write_baseline: bool = False
    since: str | None = None
    git_dir: Path | None = None
    everything: bool = False
    hint: bool = True
    fix: bool = False
    unsafe: bool = False
    diff_only: bool = False
    cache: bool = True
    routes: bool = False
    time_limit: float | None = None
    """Seconds of processor time; None for what the size of the tree allows, 0 for no limit."""
    loaded: Loaded | None = None
    """What the running project says of itself, when the audit runs inside it."""
    shown: Callable[[str], None] | None = None
    """Who prints the report; None for the standard output."""
    told: Callable[[str], None] = field(default=lambda line: print(line, file=sys.stderr))


def run(options: Options) -> int:
    """Audit, print, and answer the exit code: 0 nothing at or above the bar, 1 something, 2 wrong use."""
    if not options.path.is_dir():
        return _wrong(options, Problem(f"there is no folder {options.path}"))
    try:
        with time_limit(options.time_limit):
            return _run(options)
    except (_Unwritable, TooLarge) as error:
        return _wrong(options, Problem(str(error)))
    except TooLong:
        return _wrong(options, Problem("the audit took too long for a tree of this size; --time-limit allows more"))
    except MemoryError:
        return _wrong(options, Problem("the audit needs more memory than it may take; --memory-limit allows more"))
    except Exception as error:
        return _wrong(options, Problem(f"the audit broke and says nothing of this tree: {_told(error)}"))


def _told(error: Exception) -> str:
    """What broke and where, in one line: a tree must not be able to fill a log with the auditor's insides."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}: {error}"


def _run(options: Options) -> int:
    chosen = config.load(options.path)
    if isinstance(chosen, Problem):
        return _wrong(options, chosen)
    if options.routes:
        project = Project(options.path, options.settings or chosen.settings, chosen.exclude, options.loaded)
        allow(project.tree.size)
        render = routes.as_json if options.form is Format.JSON else routes.render
        _print(options, render(project.routes.table, project.skipped()))
        return CLEAN
    file = options.baseline or options.path / (chosen.baseline or baseline.DEFAULT)
    accepted = _accepted(options, chosen, file)
    if isinstance(accepted, Problem):
        return _wrong(options, accepted)
    if accepted is None and options.baseline and not options.write_baseline:
        return _wrong(options, Problem(f"there is no baseline {file}; --write-baseline makes one"))
    moved = _changed(options, options.since) if options.since else None
    if isinstance(moved, Problem):
        return _wrong(options, moved)
    if options.write_baseline:
        return _accept(options, chosen, file, accepted or {})
    again = partial(_audit, options, chosen, accepted or {}, moved)
    report = again()
    if options.fix:
        outcome = _fix(options, report)
        if outcome is not None:
            return outcome
        report = again()
    _print(options, _render(options, report, first_run=accepted is None and not moved))
    return exit_code(report, options.fail_on or FailOn(chosen.fail_on or FailOn.LOW))


def exit_code(report: Report, fail_on: FailOn) -> int:
    """0 when all was read and nothing is found at or above the bar, else 1; 2 is kept for wrong use."""
    if fail_on is FailOn.NEVER:
        return CLEAN
    worst = report.worst()
    incomplete = report.broken or report.unread
    return FOUND if incomplete or (worst is not None and worst >= Severity[fail_on.name]) else CLEAN


def _changed(options: Options, revision: str) -> Changed | Problem:
    from django_bearer_audit.policy import changed

    return changed.since(options.path, revision, options.git_dir)


def _audit(options: Options, chosen: Config, accepted: Baseline, moved: Changed | None) -> Report:
    progress = Progress()
    try:
        return audit(
            options.path,
            settings_module=options.settings or chosen.settings,
            exclude=chosen.exclude,
            policy=Policy(
                persona=options.persona or Persona(chosen.persona or Persona.REGULAR),
                assume=chosen.assume,
                baseline=accepted,
                changed=moved,
            ),
            on_step=progress,
            remember=options.cache,
            routes=options.form is Format.HTML,
            loaded=options.loaded,
        )
    finally:
        progress.close()


def _accepted(options: Options, chosen: Config, file: Path) -> Baseline | Problem | None:
    """The baseline that the caller named, or the one that the tree brings."""
    if options.baseline:
        return baseline.load(file, partial(Ground(options.path).read, file, baseline.MAX_BYTES))
    return baseline.load(file, partial(read, options.path, _in_tree(chosen), baseline.MAX_BYTES))


def _in_tree(chosen: Config) -> str:
    return chosen.baseline or baseline.DEFAULT


def _accept(options: Options, chosen: Config, file: Path, before: Baseline) -> int:
    report = _audit(options, chosen, {}, None)
    data, count = baseline.written(report.findings, before)
    try:
        if options.baseline:
            Ground(options.path).write(file, data)
        else:
            replace(options.path, _in_tree(chosen), data)
    except OSError as error:
        return _wrong(options, Problem(f"{file} cannot be written: {error.strerror}"))
    options.told(plain(f"{count} findings accepted in {file}; give each a reason, an owner and an end"))
    return CLEAN


def _fix(options: Options, report: Report) -> int | None:
    """Make the offered changes; the exit code when that ends the run, None when the tree changed."""
    from django_bearer_audit import fixing
    from django_bearer_audit.fixing import edits

    if not edits.available():
        return _wrong(options, Problem(edits.MISSING))
    made = fixing.fixes(options.path, report.findings, unsafe=options.unsafe)
    if options.diff_only:
        _print(options, "".join(each.diff() for each in made))
        return FOUND if made else CLEAN
    try:
        fixing.apply(options.path, made)
    except OSError as error:
        raise _Unwritable(f"a fix cannot be written: {error.strerror}") from None
    options.told(f"fixed {len(made)} files; audited again:")
    return None


def _render(options: Options, report: Report, *, first_run: bool) -> str:
    render = import_module(f"django_bearer_audit.report.{options.form}").render
    if options.form is Format.TEXT:
        render = partial(render, everything=options.everything, first_run=first_run, hint=options.hint)
    told: str = render(report)
    return told


def _print(options: Options, answer: str) -> None:
    # A file name or literal may hold what no encoding can say; a report must not break on it.
    data = (answer.rstrip("\n") + "\n").encode("utf-8", "backslashreplace") if answer else b""
    if options.output:
        try:
            Ground(options.path).write(options.output, data)
        except OSError as error:
            raise _Unwritable(f"{options.output} cannot be written: {error.strerror}") from None
        return
    if options.shown:
        options.shown(data.decode())
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise _Unwritable(f"the report cannot be printed: {error.strerror}") from None


def _wrong(options: Options, problem: Problem) -> int:
    options.told(f"django-bearer-audit: {plain(problem.told)}")
    return WRONG_USE
