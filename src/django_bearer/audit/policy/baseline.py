"""Findings a team has accepted for now: a file of fingerprints, each with a reason, an owner and an end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django_bearer.audit.finding import Finding
from django_bearer.audit.policy.config import Problem

DEFAULT = ".bearer-baseline.json"
SCHEMA = 1
_UNSAID = "accepted when the baseline was written"


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding. Only the fingerprint decides; the rest is for people."""

    fingerprint: str
    rule: str
    path: str
    line: int
    title: str
    reason: str = _UNSAID
    owner: str = ""
    expires: str = ""

    def over(self, today: date) -> bool:
        return bool(self.expires) and self.expires < today.isoformat()

    @property
    def told(self) -> str:
        """Reason, owner and end in one line."""
        return "; ".join(part for part in (self.reason, self.owner, self.expires and f"until {self.expires}") if part)


Baseline = dict[str, Entry]


def load(path: Path) -> Baseline | Problem | None:
    """The entries by fingerprint; None when there is no file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        entries = [_entry(each) for each in data["findings"]]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Problem(f"{path.name} is no baseline: {error}")
    return {entry.fingerprint: entry for entry in entries}


def _entry(data: dict[str, Any]) -> Entry:
    entry = Entry(**{name: data[name] for name in Entry.__dataclass_fields__ if name in data})
    if entry.expires:
        date.fromisoformat(entry.expires)
    return entry


def write(path: Path, findings: Iterable[Finding], before: Baseline) -> int:
    """Accept all findings of today; what people wrote into earlier entries is kept."""
    entries = []
    for finding in sorted(findings, key=lambda each: (each.where, each.rule)):
        kept = before.get(finding.fingerprint)
        entries.append(
            {
                "fingerprint": finding.fingerprint,
                "rule": finding.rule,
                "path": finding.where.path,
                "line": finding.where.line_start,
                "title": finding.title,
                "reason": kept.reason if kept else _UNSAID,
                "owner": kept.owner if kept else "",
                "expires": kept.expires if kept else "",
            }
        )
    data = {"schema": SCHEMA, "findings": entries}
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(entries)
