"""What an audit remembers for the next one: a JSON file in the user's cache folder, by content.

Three things are kept. Which files parse, and the facts of front-end files, by the content of each file. And
all findings, for as long as nothing changed that any rule has read: a Python file that was only searched,
and is found by none of the searches, may change freely. A file of the cache that cannot be read is
forgotten.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django_bearer.audit.finding import Change, Confidence, Finding, Hit, Persona, Place, Severity, Skipped
from django_bearer.audit.project import Project
from django_bearer.audit.project.asked import Asked
from django_bearer.audit.project.front import content_name
from django_bearer.audit.project.front.reader import may_hold_facts

_FRONT = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte")


@dataclass(slots=True)
class Outcome:
    """What the rules said, before any policy."""

    findings: list[Finding] = field(default_factory=list)
    failed: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Memory:
    """Ask `recalled` before the rules run, tell `keep` afterwards."""

    def __init__(self, project: Project, about: str) -> None:
        self._project = project
        self._about = f"{about} {_version()}"
        place = hashlib.blake2b(str(project.root.resolve()).encode("utf-8", "surrogateescape"), digest_size=12)
        self._file = folder() / f"{place.hexdigest()}.json"
        self._before = self._load()
        self._contents = {path: self._content(path) for path in project.tree.paths}

    def prepare(self) -> None:
        """Hand what is known by content to the project."""
        self._project.known_front = self._before.get("front", {})
        parsed: dict[str, str] = self._before.get("parsed", {})
        known = {
            path: parsed[name] for path in self._project.python.paths if (name := self._contents[path]) in parsed
        }
        self._project.python.start_check(known)

    def recalled(self) -> Outcome | None:
        """The findings of the last run, when no change since then can matter."""
        before: dict[str, str] = self._before.get("contents", {})
        if not before or before.keys() != self._contents.keys():
            return None
        try:
            asked = self._asked()
            changed = [path for path, name in self._contents.items() if before[path] != name]
            idle = all(self._is_idle(path, asked) for path in changed)
            return _outcome(self._before["outcome"]) if idle else None
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def keep(self, outcome: Outcome) -> None:
        """Write the memory for the next run; a cache that cannot be written is no reason to fail."""
        failed = {each.path: each.reason for each in self._project.skipped()}
        asked = self._project.python.asked
        python = self._project.python.paths
        data = {
            "about": self._about,
            "contents": self._contents,
            "read": sorted(asked.read | {finding.where.path for finding in outcome.findings}),
            "any_of": sorted(asked.any_of),
            "all_of": sorted(asked.all_of),
            "patterns": [[pattern.decode("latin-1"), flags] for pattern, flags in sorted(asked.patterns)],
            "front_read": sorted(self._project.front.read),
            "outcome": asdict(outcome),
            "parsed": {self._contents[path]: failed.get(path, "") for path in python},
            "front": self._project.front.seen or self._before.get("front", {}),
        }
        with contextlib.suppress(OSError, ValueError):
            _write(self._file, data)

    def freshen(self) -> None:
        """After a recalled run: remember the new contents beside the old findings."""
        failed = {each.path: each.reason for each in self._project.skipped()}
        self._before["contents"] = self._contents
        self._before["parsed"] = {self._contents[p]: failed.get(p, "") for p in self._project.python.paths}
        with contextlib.suppress(OSError, ValueError):
            _write(self._file, self._before)

    def _is_idle(self, path: str, asked: Asked) -> bool:
        """Whether no rule can see that this file changed."""
        if path in asked.read or path.endswith("setup.py"):
            return False
        data = _bytes(self._project.root / path)
        if path.endswith(".py"):
            return asked.answers_no(data)
        # A front-end file that held nothing of interest, and still does not, was never parsed.
        return path.endswith(_FRONT) and not may_hold_facts(data) and path not in self._before["front_read"]

    def _asked(self) -> Asked:
        return Asked(
            set(self._before["read"]),
            {tuple(words) for words in self._before["any_of"]},
            {tuple(words) for words in self._before["all_of"]},
            {(pattern.encode("latin-1"), flags) for pattern, flags in self._before["patterns"]},
        )

    def _content(self, path: str) -> str:
        return content_name(_bytes(self._project.root / path))

    def _load(self) -> dict[str, Any]:
        try:
            data = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) and data.get("about") == self._about else {}


def folder() -> Path:
    """The user's cache folder, never the audited tree."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "django-bearer" / "audit"


def _version() -> str:
    """Changes with every change of the auditor and of the Python that reads the files."""
    here = Path(__file__).parent
    state = [(str(file), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in sorted(here.rglob("*.py"))]
    return hashlib.blake2b(repr((state, sys.version)).encode(), digest_size=12).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _write(file: Path, data: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(data, stream)
    Path(name).replace(file)


def _outcome(data: dict[str, Any]) -> Outcome:
    return Outcome(
        [_finding(each) for each in data["findings"]],
        [Skipped(**each) for each in data["failed"]],
        list(data["notes"]),
    )


def _finding(data: dict[str, Any]) -> Finding:
    hit = data["hit"]
    changes = tuple(Change(**{**each, "where": Place(**each["where"])}) for each in hit["changes"])
    told = {
        **hit,
        "where": Place(**hit["where"]),
        "related": tuple(Place(**each) for each in hit["related"]),
        "severity": None if hit["severity"] is None else Severity(hit["severity"]),
        "confidence": None if hit["confidence"] is None else Confidence(hit["confidence"]),
        "persona": None if hit["persona"] is None else Persona(hit["persona"]),
        "changes": changes,
    }
    sure = {"severity": Severity(data["severity"]), "confidence": Confidence(data["confidence"])}
    return Finding(**{**data, **sure, "persona": Persona(data["persona"]), "hit": Hit(**told)})
