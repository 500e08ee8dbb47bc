"""The report as workflow commands, which GitHub shows beside the changed lines."""

from __future__ import annotations

from django_bearer.audit.finding import Finding, Report, Severity
from django_bearer.audit.report.shown import shown

_LEVELS = {Severity.LOW: "notice", Severity.MEDIUM: "warning", Severity.HIGH: "error"}


def render(report: Report) -> str:
    """One line a finding; nothing at all on a clean tree."""
    return "".join(_line(finding) + "\n" for finding in shown(report).findings)


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
