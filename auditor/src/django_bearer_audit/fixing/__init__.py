"""Applies the changes that findings offer: the safe ones, or all of them."""

from __future__ import annotations

import ast
import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django_bearer_audit.finding import Change, Finding
from django_bearer_audit.fixing.edits import edited
from django_bearer_audit.reading import read
from django_bearer_audit.report.plain import plain
from django_bearer_audit.writing import replace

_WIDEST = 10_000
"""Characters of a line of a diff."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One file before and after."""

    path: str
    before: bytes
    after: bytes

    def diff(self) -> str:
        old, new = (_lines(data) for data in (self.before, self.after))
        told = difflib.unified_diff(old, new, f"a/{plain(self.path)}", f"b/{plain(self.path)}")
        return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in told)


def _lines(data: bytes) -> list[str]:
    """The lines of a file as they may be printed: tabs stay, everything else that is not printed is escaped."""
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    shown = ["\t".join(plain(part, _WIDEST) for part in line.split("\t")) for line in lines]
    return [f"{line}\n" for line in shown[:-1]] + shown[-1:] * bool(shown[-1])


def fixes(root: Path, findings: Iterable[Finding], *, unsafe: bool) -> list[Fix]:
    """What would change; nothing is written."""
    wanted: dict[str, dict[Change, None]] = defaultdict(dict)
    for finding in findings:
        for change in finding.hit.changes:
            if (change.safe or unsafe) and change.where.path.endswith(".py"):
                wanted[change.where.path][change] = None
    made = (_fix(root, path, list(changes)) for path, changes in sorted(wanted.items()))
    return [fix for fix in made if fix is not None]


def apply(root: Path, made: Iterable[Fix]) -> None:
    """Write each file whole or not at all. Raises `OSError`."""
    for fix in made:
        replace(root, fix.path, fix.after)


def _fix(root: Path, path: str, changes: list[Change]) -> Fix | None:
    """From the bottom up, so that a change never moves the lines of the next."""
    try:
        before = read(root, path)
    except OSError:
        return None
    after = edited(before, sorted(changes, key=lambda change: change.where, reverse=True))
    return Fix(path, before, after) if after != before and _parses(after) else None


def _parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True
