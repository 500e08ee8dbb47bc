"""The report as text with a frame of code under each finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django_bearer.audit.finding import Finding, Place, Report

_MAX_LINES = 6


def render(report: Report) -> str:
    lines = [line for finding in report.findings for line in _finding(finding, Path(report.root))]
    return "\n".join([*lines, *_summary(report)]) + "\n"


def _finding(finding: Finding, root: Path) -> Iterator[str]:
    hit = finding.hit
    yield f"{finding.rule} {finding.severity.name.lower()} {finding.title} [{finding.cwe}]"
    yield f"  --> {hit.where}"
    yield from _frame(hit.where, root)
    yield f"  what   {hit.message}"
    yield f"  attack {hit.attack}"
    for number, line in enumerate(hit.fix.splitlines()):
        yield f"  {'fix    ' if number == 0 else '       '}{line}"
    for place in hit.related:
        yield f"  see    {place}"
    yield f"  docs   {finding.page}"
    yield ""


def _frame(place: Place, root: Path) -> Iterator[str]:
    try:
        source = (root / place.path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    last = min(place.line_end, place.line_start + _MAX_LINES - 1)
    for number in range(place.line_start, last + 1):
        if number <= len(source):
            yield f"  {number:5} | {source[number - 1][:120]}"
    if last < place.line_end:
        yield f"        | … to line {place.line_end}"


def _summary(report: Report) -> Iterator[str]:
    counts = Counter(finding.severity.name.lower() for finding in report.findings)
    told = ", ".join(f"{counts[name]} {name}" for name in ("high", "medium", "low") if counts[name])
    yield f"{len(report.findings)} findings{f' ({told})' if told else ''} in {report.files} files"
    for reason, count in Counter(skip.reason.split(":")[0] for skip in report.skipped).most_common():
        yield f"skipped {count}: {reason}"
    yield from (f"note: {note}" for note in report.notes)
