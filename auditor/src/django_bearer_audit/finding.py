"""What an audit says: a finding, a skipped input, and the places both point at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple


class Severity(IntEnum):
    """How bad it is when the finding is true; ordered, so that `--fail-on` is a comparison."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Confidence(IntEnum):
    """How sure the auditor is that the finding is true."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Persona(StrEnum):
    """Who wants to see it: `regular` is nearly free of noise, `pedantic` sees everything."""

    REGULAR = "regular"
    PEDANTIC = "pedantic"


class Place(NamedTuple):
    """A range of lines in one file of the audited tree."""

    path: str
    line_start: int = 1
    line_end: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line_start}"


@dataclass(frozen=True, slots=True)
class Change:
    """An edit of Python source as data: what `--fix` may do about a hit."""

    kind: str
    """`keyword` sets an argument of the call at `where`, `value` what is assigned or entered there, `append`
    adds an assignment at the end of the file."""
    where: Place
    name: str
    code: str
    safe: bool = False
    """True only when no honest client can notice."""
    callee: str = ""
    """Of a `keyword` change: the last word of the function called."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule yields: one cause, here. The engine adds what the rule says once for all its hits."""

    where: Place
    message: str
    """What is wrong here: the value, and where it came from."""
    attack: str
    """One sentence: what an attacker does with it."""
    fix: str
    """Code for this project and the package it uses."""
    related: tuple[Place, ...] = ()
    severity: Severity | None = None
    """Only when this hit differs from its rule."""
    confidence: Confidence | None = None
    persona: Persona | None = None
    changes: tuple[Change, ...] = ()


def hit_from(data: dict[str, Any]) -> Hit:
    """The hit that `dataclasses.asdict` took apart."""
    severity, confidence, persona = data["severity"], data["confidence"], data["persona"]
    told = {
        **data,
        "where": Place(*data["where"]),
        "related": tuple(Place(*each) for each in data["related"]),
        "severity": None if severity is None else Severity(severity),
        "confidence": None if confidence is None else Confidence(confidence),
        "persona": None if persona is None else Persona(persona),
        "changes": tuple(Change(**{**each, "where": Place(*each["where"])}) for each in data["changes"]),
    }
    return Hit(**told)


HOME = "https://github.com/django-bearer/django-bearer"
"""Where the project and its documentation are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit, signed with its rule."""

    rule: str
    title: str
    cwe: str
    severity: Severity
    confidence: Confidence
    persona: Persona
    hit: Hit
    fingerprint: str = ""
    """Stays the same when lines move; set by the policy."""
    code: tuple[tuple[int, str], ...] = ()
    """(number, text) of the lines to show with it; set for printing."""

    @property
    def where(self) -> Place:
        return self.hit.where

    @property
    def row(self) -> int:
        """The category of the finding, 1 to 8: the first digit of the rule's id."""
        return int(self.rule[2])

    @property
    def page(self) -> str:
        """The address of the rule's page."""
        return f"{HOME}/blob/main/docs/audit/rules/{self.rule}.md"


LEFT_OUT = frozenset(
    {
        "tests are not scanned by default",
        "migrations are not scanned by default",
        "installed packages",
        "vendored code",
        "virtual environment",
        "build output",
        "version control",
        "excluded by pyproject.toml",
        "symbolic link to what is read",
        "data larger than 1000 kB",
    }
)
"""Reasons by which something is left out as no part of the program. Whatever else is not read might be one."""


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """An input that was not read, and why. Never a silence."""

    path: str
    reason: str

    @property
    def unread(self) -> bool:
        """Whether it may be a part of the program: then nothing is known of what it holds."""
        return self.reason not in LEFT_OUT


@dataclass(frozen=True, slots=True)
class Aside:
    """A finding that is not shown: `inline`, `assumed`, `baseline`, `unchanged` or `example`, and why."""

    finding: Finding
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one audit."""

    root: str
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    """Decisions the reader should know, such as which settings module was taken for production."""
    files: int
    aside: tuple[Aside, ...] = ()
    assumed: tuple[tuple[str, str], ...] = ()
    """What the project asks to take for granted: (name, reason)."""
    routes: tuple[tuple[str, ...], ...] = ()
    """The route table, its head first; empty when it was not asked for."""

    broken: bool = False
    """Whether a rule broke on this tree: then nothing is known of what it looks for."""

    @property
    def unread(self) -> tuple[Skipped, ...]:
        """What makes the result incomplete, and never a clean one."""
        return tuple(each for each in self.skipped if each.unread)

    def worst(self) -> Severity | None:
        return max((finding.severity for finding in self.findings), default=None)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by place, so that two runs print the same."""
    return tuple(sorted(findings, key=lambda f: (-f.severity, -f.confidence, f.where, f.rule)))
