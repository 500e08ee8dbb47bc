"""The report as workflow commands, which GitHub shows beside the changed lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django_bearer_audit.finding import Finding, Report, Severity
from django_bearer_audit.report.plain import plain
from django_bearer_audit.report.shown import shown

_KINDS = {
    "example": "in examples of this library",
    "inline": "suppressed in the code",
    "baseline": "in the baseline",
    "assumed": "answered by pyproject.toml",
}
_UNREAD = 5
_LEVELS = {Severity.LOW: "notice", Severity.MEDIUM: "warning", Severity.HIGH: "error"}


def render(report: Report) -> str:
    """One line a finding, and one for what was not judged; nothing at all on a clean tree."""
    return "".join(f"{line}\n" for line in (*map(_line, shown(report).findings), *_aside(report)))


def _aside(report: Report) -> Iterator[str]:
    """What the tree itself suppresses, and what could not be read: nobody would see it otherwise."""
    counts = Counter(each.kind for each in report.aside if each.kind != "unchanged")
    excluded = sum(each.reason == "excluded by pyproject.toml" for each in report.skipped)
    if excluded:
        yield f"::notice title=django-bearer::pyproject.toml excludes files and folders: {excluded}"
    for each in report.unread[:_UNREAD]:
        yield f"::error title=django-bearer::incomplete: {_data(plain(f'{each.path}: {each.reason}'))}"
    if len(report.unread) > _UNREAD:
        yield f"::error title=django-bearer::incomplete: {len(report.unread) - _UNREAD} more"
    if counts:
        told = ", ".join(f"{count} {_KINDS.get(kind, 'suppressed')}" for kind, count in sorted(counts.items()))
        yield f"::notice title=django-bearer::findings that are not shown: {_data(told)}"
    if report.broken:
        yield "::error title=django-bearer::a rule broke on this tree; the text report names it"


def _line(finding: Finding) -> str:
    where = finding.where
    place = f"file={_property(where.path)},line={where.line_start},endLine={where.line_end}"
    title = _property(f"{finding.rule} {finding.title}")
    message = f"{finding.hit.message}\n{finding.hit.attack}\nFix: {finding.hit.fix}"
    return f"::{_LEVELS[finding.severity]} {place},title={title}::{_data(message)}"


def _data(text: str) -> str:
    """A line break in a message would end the command, and could begin another one."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
