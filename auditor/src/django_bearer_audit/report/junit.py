"""The report as JUnit XML: a test case for each rule, failed by its findings."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.sax.saxutils import escape, quoteattr

from django_bearer_audit.finding import Finding, Report
from django_bearer_audit.registry import Rule, all_rules
from django_bearer_audit.report.plain import plain
from django_bearer_audit.report.shown import shown

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in shown(report).findings:
        by_rule[finding.rule].append(finding)
    rules = all_rules()
    cases = "".join(_case(rule, by_rule[rule.id]) for rule in rules) + _not_read(report)
    failures, errors = sum(map(bool, by_rule.values())), int(bool(report.unread))
    head = f'tests="{len(rules) + errors}" failures="{failures}" errors="{errors}"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites {head}>\n<testsuite name="django-bearer-audit" '
        f"{head}>\n{cases}</testsuite>\n</testsuites>\n"
    )


def _case(rule: Rule, findings: list[Finding]) -> str:
    start = f'<testcase classname="row {rule.row}" name={_attribute(f"{rule.id} {rule.title}")}'
    if not findings:
        return f"{start}/>\n"
    told = "\n\n".join(
        f"{finding.where}\n{finding.hit.message}\n{finding.hit.attack}\nFix: {finding.hit.fix}"
        for finding in findings
    )
    message = _attribute(f"{len(findings)} at {', '.join(str(finding.where) for finding in findings)}")
    failure = f"<failure type={_attribute(rule.cwe)} message={message}>{_text(told)}</failure>"
    return f"{start}>\n{failure}\n</testcase>\n"


def _not_read(report: Report) -> str:
    """A case of its own: what could not be read may hold what a rule looks for."""
    start = '<testcase classname="audit" name="everything is read"'
    if not report.unread:
        return ""
    told = "\n".join(plain(f"{each.path}: {each.reason}") for each in report.unread)
    message = _attribute(f"incomplete: {len(report.unread)} not read")
    return f"{start}>\n<error message={message}>{_text(told)}</error>\n</testcase>\n"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))
