"""Findings a team has accepted for now: a file of fingerprints, each with a reason, an owner and an end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from django_bearer_audit.finding import Finding
from django_bearer_audit.policy.config import Problem

DEFAULT = ".bearer-baseline.json"
SCHEMA = 1
MAX_BYTES = 16_000_000
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


def load(path: Path, get: Callable[[], bytes] | None = None) -> Baseline | Problem | None:
    """The entries by fingerprint; None when there is no file. `get` reads it, where it is not simply opened."""
    try:
        data = json.loads((get or path.read_bytes)().decode())
        if not isinstance(data, dict) or not isinstance(data.get("findings"), list):
            raise ValueError("it has no list of findings")
        entries = [_entry(each) for each in data["findings"]]
    except FileNotFoundError:
        return None
    except OSError as error:
        return Problem(f"{path.name} cannot be read: {error.strerror}")
    except RecursionError:
        return Problem(f"{path.name} is no baseline: nested too deeply")
    except ValueError as error:
        return Problem(f"{path.name} is no baseline: {error}")
    return {entry.fingerprint: entry for entry in entries}


def _entry(data: object) -> Entry:
    """One entry, each of its parts of its own type. Raises `ValueError`."""
    if not isinstance(data, dict):
        raise ValueError("an entry is no object")
    for each in fields(Entry):
        wanted = int if each.name == "line" else str
        if not isinstance(data.get(each.name, each.default), wanted):
            raise ValueError(f"{each.name} of an entry is missing or no {'number' if wanted is int else 'text'}")
    entry = Entry(**{each.name: data[each.name] for each in fields(Entry) if each.name in data})
    if entry.expires:
        date.fromisoformat(entry.expires)
    return entry


def written(findings: Iterable[Finding], before: Baseline) -> tuple[bytes, int]:
    """A baseline that accepts all findings, and how many; what people wrote into earlier entries is kept."""
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
    return (json.dumps(data, indent=2) + "\n").encode(), len(entries)


def write(path: Path, findings: Iterable[Finding], before: Baseline) -> int:
    """Write the baseline that accepts all findings; how many those are."""
    data, count = written(findings, before)
    path.write_bytes(data)
    return count
