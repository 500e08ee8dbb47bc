"""The report as text with a frame of code under each finding."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator

from django_bearer_audit.finding import Finding, Report
from django_bearer_audit.report.choice import FIRST, most_important
from django_bearer_audit.report.frame import hidden
from django_bearer_audit.report.shown import shown as printable

HINT = "django-bearer's own authentication has none of these by default (--no-hint hides this line)"
_UNREAD = 10
_SUPPRESSED = {
    "inline": "by a comment in the code",
    "baseline": "by the baseline",
    "assumed": "by what pyproject.toml assumes",
    "example": "in example, demo or test projects of this library (audit such a folder alone to see them)",
    "unchanged": "found before, in lines that did not change",
}


def render(report: Report, *, everything: bool = False, first_run: bool = False, hint: bool = True) -> str:
    """`first_run`: no baseline exists yet, so the reader is told how to start one."""
    report = printable(report)
    short = first_run and not everything and len(report.findings) > FIRST
    shown = most_important(report.findings) if short else report.findings
    lines = [line for finding in shown for line in _finding(finding)]
    lines += _summary(report)
    if first_run and report.findings:
        lines += _next_steps(report, len(shown))
    if hint and report.findings:
        lines.append(HINT)
    return "\n".join(lines) + "\n"


def _finding(finding: Finding) -> Iterator[str]:
    hit = finding.hit
    yield f"{finding.rule} {finding.severity.name.lower()} {finding.title} [{finding.cwe}]"
    yield f"  --> {hit.where}"
    yield from (f"  {number:5} | {line}" for number, line in finding.code)
    if hidden(hit.where):
        yield f"        | … to line {hit.where.line_end}"
    yield f"  what   {hit.message}"
    yield f"  attack {hit.attack}"
    for number, line in enumerate(hit.fix.splitlines()):
        yield f"  {'fix    ' if number == 0 else '     | '}{line}"
    for place in hit.related:
        yield f"  see    {place}"
    yield f"  docs   {finding.page}"
    yield ""


def _summary(report: Report) -> Iterator[str]:
    counts = Counter(finding.severity.name.lower() for finding in report.findings)
    told = ", ".join(f"{counts[name]} {name}" for name in ("high", "medium", "low") if counts[name])
    yield f"{len(report.findings)} findings{f' ({told})' if told else ''} in {report.files} files"
    aside = Counter(each.kind for each in report.aside)
    yield from (f"suppressed {aside[kind]}: {told}" for kind, told in _SUPPRESSED.items() if aside[kind])
    yield from (f"assumed: {name} ({reason})" for name, reason in report.assumed)
    for reason, count in Counter(skip.reason.split(":")[0] for skip in report.skipped).most_common():
        yield f"skipped {count}: {reason}"
    yield from (f"incomplete: {each.path}: {each.reason}" for each in report.unread[:_UNREAD])
    if len(report.unread) > _UNREAD:
        yield f"incomplete: {len(report.unread) - _UNREAD} more; --format json lists them"
    yield from (f"note: {note}" for note in report.notes)


def _next_steps(report: Report, shown: int) -> Iterator[str]:
    command = f"django-bearer-audit {shlex.quote(report.root)}"
    rest = len(report.findings) - shown
    if rest:
        yield f"these are the {shown} that matter most; {rest} more: {command} --all"
    yield f"to start from here and see only what is new: {command} --write-baseline"
