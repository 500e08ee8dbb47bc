"""A name for each finding that stays the same when lines move: rule, file and the text it points at."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from django_bearer_audit.finding import Finding
from django_bearer_audit.policy.lines import Lines

VERSION = "bearer/v1"


def fingerprinted(findings: Iterable[Finding], lines: Lines) -> list[Finding]:
    """Sign each finding; the second of two equal lines of a file is told apart by its count."""
    seen: Counter[tuple[str, str, str]] = Counter()
    signed = []
    for finding in sorted(findings, key=lambda each: (each.where, each.rule)):
        key = (finding.rule, finding.where.path, _text(finding, lines))
        seen[key] += 1
        data = "\0".join((VERSION, *key, str(seen[key])))
        digest = hashlib.sha256(data.encode("utf-8", "replace")).hexdigest()[:32]
        signed.append(replace(finding, fingerprint=digest))
    return signed


def _text(finding: Finding, lines: Lines) -> str:
    """The first line it points at, without its indentation. The top of a file stands for the whole file."""
    where = finding.where
    known = lines.of(where.path)
    if where.line_start <= 1 or where.line_start > len(known):
        return ""
    return " ".join(known[where.line_start - 1].split())
