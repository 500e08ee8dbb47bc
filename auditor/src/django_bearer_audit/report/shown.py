"""A report as it may be printed: what comes from the audited tree, made plain once for every printer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from django_bearer_audit.finding import Aside, Finding, Place, Report, Skipped
from django_bearer_audit.report.frame import Frames
from django_bearer_audit.report.plain import plain, plain_lines


def shown(report: Report) -> Report:
    """The report with every text printable and on one line (a fix keeps its lines), and with the code to show."""
    code = Frames(Path(report.root))
    return replace(
        report,
        root=plain(report.root),
        findings=tuple(map(partial(_finding, code=code), report.findings)),
        skipped=tuple(Skipped(plain(each.path), plain(each.reason)) for each in report.skipped),
        notes=tuple(map(plain, report.notes)),
        aside=tuple(Aside(_finding(a.finding), plain(a.kind), plain(a.reason)) for a in report.aside),
        assumed=tuple((plain(name), plain(reason)) for name, reason in report.assumed),
        routes=tuple(tuple(map(plain, row)) for row in report.routes),
    )


def _finding(finding: Finding, code: Frames | None = None) -> Finding:
    hit = replace(
        finding.hit,
        where=_place(finding.where),
        message=plain(finding.hit.message),
        attack=plain(finding.hit.attack),
        fix=plain_lines(finding.hit.fix),
        related=tuple(map(_place, finding.hit.related)),
    )
    return replace(finding, title=plain(finding.title), hit=hit, code=code.of(finding.where) if code else ())


def _place(place: Place) -> Place:
    return place._replace(path=plain(place.path))
