"""The report as one JSON object, for machines."""

from __future__ import annotations

import json
from typing import Any

from django_bearer.audit.finding import Finding, Place, Report

SCHEMA = 1


def render(report: Report) -> str:
    return json.dumps(as_object(report), indent=2, ensure_ascii=False)


def as_object(report: Report) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "root": report.root,
        "files": report.files,
        "findings": [_finding(finding) for finding in report.findings],
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
        "related": [_place(place) for place in finding.hit.related],
        "page": finding.page,
    }


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line_start": place.line_start, "line_end": place.line_end}
