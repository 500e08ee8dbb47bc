"""Which findings to show first when there are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django_bearer_audit.finding import Finding

FIRST = 10
_OF_ONE_RULE = 2


def most_important(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The ten most severe, at most two of one rule while other rules have findings, so that each problem is shown."""
    seen: Counter[str] = Counter()
    early: list[Finding] = []
    late: list[Finding] = []
    for finding in findings:
        seen[finding.rule] += 1
        (early if seen[finding.rule] <= _OF_ONE_RULE else late).append(finding)
    chosen = {id(finding) for finding in [*early, *late][:FIRST]}
    return tuple(finding for finding in findings if id(finding) in chosen)
