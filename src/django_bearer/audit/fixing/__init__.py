"""Applies the changes that findings offer: the safe ones, or all of them."""

from __future__ import annotations

import ast
import difflib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django_bearer.audit.finding import Change, Finding
from django_bearer.audit.fixing.edits import edited


@dataclass(frozen=True, slots=True)
class Fix:
    """One file before and after."""

    path: str
    before: bytes
    after: bytes

    def diff(self) -> str:
        old, new = (data.decode("utf-8", "replace").splitlines(keepends=True) for data in (self.before, self.after))
        told = difflib.unified_diff(old, new, f"a/{self.path}", f"b/{self.path}")
        return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in told)


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
    """Write each file whole or not at all."""
    for fix in made:
        target = root / fix.path
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".bearer-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(fix.after)
            Path(name).chmod(target.stat().st_mode & 0o7777)
            Path(name).replace(target)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def _fix(root: Path, path: str, changes: list[Change]) -> Fix | None:
    """From the bottom up, so that a change never moves the lines of the next."""
    try:
        before = (root / path).read_bytes()
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
