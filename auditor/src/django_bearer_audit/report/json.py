"""The report as one JSON object, for machines; docs/audit/output.md holds its schema."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django_bearer_audit.finding import Finding, Place, Report
from django_bearer_audit.report.plain import as_json

SCHEMA = 1


def render(report: Report) -> str:
    return as_json(as_object(report))


def as_object(report: Report) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "root": report.root,
        "files": report.files,
        "complete": not report.unread,
        "findings": [_finding(finding) for finding in report.findings],
        "suppressed": [{"kind": each.kind, "reason": each.reason, **_finding(each.finding)} for each in report.aside],
        "counts": {
            "findings": len(report.findings),
            **{f"suppressed_{kind}": n for kind, n in sorted(Counter(a.kind for a in report.aside).items())},
        },
        "assumed": [{"name": name, "reason": reason} for name, reason in report.assumed],
        "skipped": [{"path": skip.path, "reason": skip.reason} for skip in report.skipped],
        "notes": list(report.notes),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "title": finding.title,
        "row": finding.row,
        "cwe": finding.cwe,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "persona": finding.persona.value,
        **_place(finding.where),
        "message": finding.hit.message,
        "attack": finding.hit.attack,
        "fix": finding.hit.fix,
        "fixable": {True: "safe", False: "unsafe"}[all(c.safe for c in finding.hit.changes)]
        if finding.hit.changes
        else "no",
        "related": [_place(place) for place in finding.hit.related],
        "fingerprint": finding.fingerprint,
        "page": finding.page,
    }


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line_start": place.line_start, "line_end": place.line_end}
