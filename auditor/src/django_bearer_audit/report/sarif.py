"""The report as SARIF 2.1.0, for code scanning.

All rules stand in the driver, so that an alert that no longer occurs is closed, and a clean tree is a run
without results. What is suppressed is left out: GitHub opens alerts for results that a tool marks as
suppressed.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django_bearer_audit.finding import HOME, Confidence, Finding, Place, Report, Severity
from django_bearer_audit.policy.fingerprints import VERSION
from django_bearer_audit.registry import Rule, all_rules
from django_bearer_audit.report.plain import as_json, plain, plain_lines

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.LOW: "note", Severity.MEDIUM: "warning", Severity.HIGH: "error"}
_SCORES = {Severity.LOW: "3.0", Severity.MEDIUM: "6.0", Severity.HIGH: "8.5"}
_PRECISIONS = {Confidence.LOW: "low", Confidence.MEDIUM: "medium", Confidence.HIGH: "high"}


def render(report: Report) -> str:
    rules = all_rules()
    places = {rule.id: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "django-bearer",
                "informationUri": HOME,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The audited folder."}}},
        "results": [_result(finding, places[finding.rule]) for finding in report.findings],
        "invocations": [
            {
                "executionSuccessful": not report.unread,
                "toolExecutionNotifications": [
                    {
                        "level": "error" if skip.unread else "note",
                        "message": {"text": _text(f"{skip.path}: {skip.reason}")},
                    }
                    for skip in report.skipped
                ],
            }
        ],
    }
    return as_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    first, _, rest = rule.doc.partition("\n\n")
    number = rule.cwe.removeprefix("CWE-")
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.title.replace("-", " ").split()),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": " ".join(first.split())},
        "help": {"text": rest or first, "markdown": rest or first},
        "helpUri": f"{HOME}/blob/main/docs/audit/rules/{rule.id}.md",
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "precision": _PRECISIONS[rule.confidence],
            "security-severity": _SCORES[rule.severity],
            "tags": ["security", f"external/cwe/cwe-{number.zfill(3)}", f"row-{rule.row}"],
        },
    }


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    hit = finding.hit
    message, attack, fix = _text(hit.message), _text(hit.attack), _unlinked(plain_lines(hit.fix))
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{message} {attack} Fix: {fix}"},
        "locations": [_location(hit.where)],
        "relatedLocations": [{"id": number, **_location(place)} for number, place in enumerate(hit.related, 1)],
        "partialFingerprints": {VERSION: finding.fingerprint},
        "properties": {"confidence": finding.confidence.name.lower(), "attack": attack, "fix": fix},
    }


def _text(text: str) -> str:
    return _unlinked(plain(text))


def _unlinked(text: str) -> str:
    """`[text](target)` is a link in a message (SARIF 2.1.0, section 3.11.6), and a tree may hold such a name."""
    return text.replace("](", "] (")


def _location(place: Place) -> dict[str, Any]:
    uri = quote(place.path.encode("utf-8", "surrogateescape"), safe="/")
    region = {"startLine": place.line_start, "endLine": max(place.line_start, place.line_end)}
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "ROOT"}, "region": region}}
