"""Which findings are shown; each suppressed one keeps its reason and is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django_bearer_audit.finding import Aside, Finding, Persona
from django_bearer_audit.policy.assumptions import Assumption, answering
from django_bearer_audit.policy.baseline import Baseline
from django_bearer_audit.policy.fingerprints import fingerprinted
from django_bearer_audit.policy.inline import MARK, Suppression, suppressions
from django_bearer_audit.policy.lines import Lines
from django_bearer_audit.project import Project
from django_bearer_audit.project.examples import examples
from django_bearer_audit.reading import read

if TYPE_CHECKING:
    from django_bearer_audit.policy.changed import Changed


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one run."""

    persona: Persona = Persona.REGULAR
    assume: tuple[Assumption, ...] = ()
    baseline: Baseline = field(default_factory=dict)
    changed: Changed | None = None
    today: date | None = None


class Verdict(NamedTuple):
    findings: tuple[Finding, ...]
    aside: tuple[Aside, ...]
    notes: tuple[str, ...]


Before = Callable[[], Mapping[str, Finding]]
"""What was found at the revision that is compared with, by fingerprint; asked once, and only where it matters."""


def judged(
    found: Sequence[Finding], project: Project, policy: Policy, ran: frozenset[str], before: Before
) -> Verdict:
    """Sort findings into shown and suppressed; report suppressions and baseline entries that do nothing."""
    before = cache(before)
    lines = Lines(project.root)
    written = list(_written(project, lines))
    signed = fingerprinted(found, lines)
    wanted = [f for f in signed if policy.persona is Persona.PEDANTIC or f.persona is Persona.REGULAR]
    today = policy.today or datetime.now(UTC).date()
    apart = examples(project.tree.paths, project.managed)
    shown: list[Finding] = []
    aside: list[Aside] = []
    for finding in wanted:
        why = _why_aside(finding, written, policy, today, before) or _of_example(finding, apart)
        aside.append(why) if why else shown.append(finding)
    notes = (*_unused(written, signed, ran), *_stale(policy.baseline, signed, today))
    return Verdict(tuple(shown), tuple(aside), tuple(notes))


def _why_aside(
    finding: Finding, written: list[Suppression], policy: Policy, today: date, before: Before
) -> Aside | None:
    comment = next((each for each in written if each.covers(finding)), None)
    if comment:
        return Aside(finding, "inline", comment.reason)
    assumption = answering(finding, policy.assume)
    if assumption:
        return Aside(finding, "assumed", f"{assumption.name}: {assumption.reason}")
    entry = policy.baseline.get(finding.fingerprint)
    if entry and not entry.over(today):
        return Aside(finding, "baseline", entry.told)
    if policy.changed and not policy.changed.touches(finding) and _as_bad(before().get(finding.fingerprint), finding):
        return Aside(finding, "unchanged", "its lines did not change, and it was found before")
    return None


def _of_example(finding: Finding, apart: tuple[str, ...]) -> Aside | None:
    """What is wrong in an example of a library is no weakness of the library."""
    folder = next((each for each in apart if finding.where.path.startswith(each)), None)
    return Aside(finding, "example", f"{folder} is an example of this library; audit it alone") if folder else None


def _as_bad(before: Finding | None, now: Finding) -> bool:
    """Whether a finding said as much before: a change elsewhere can make a view reachable, or a default wrong."""
    if before is None or before.severity < now.severity:
        return False
    return before.persona is Persona.REGULAR or now.persona is Persona.PEDANTIC


def _written(project: Project, lines: Lines) -> Iterator[Suppression]:
    for path in project.tree.paths:
        if path not in project.unmarked and MARK in _data(project, path):
            yield from suppressions(path, lines)


def _data(project: Project, path: str) -> bytes:
    try:
        return read(project.root, path)
    except OSError:
        return b""


def _unused(written: list[Suppression], found: list[Finding], ran: frozenset[str]) -> Iterator[str]:
    for each in written:
        place = f"{each.path}:{each.line}"
        if each.problem:
            yield f"{place}: {each.problem}; it is not obeyed"
            continue
        hit = {finding.rule for finding in found if each.covers(finding)}
        idle = [rule for rule in each.rules if rule in ran and rule not in hit]
        unknown = [rule for rule in each.rules if rule not in ran and len(ran) > 1]
        if idle:
            yield f"{place}: unused suppression of {', '.join(idle)}"
        if unknown:
            yield f"{place}: suppression of {', '.join(unknown)}, which is no rule"


def _stale(baseline: Baseline, found: list[Finding], today: date) -> Iterator[str]:
    present = {finding.fingerprint for finding in found}
    for entry in baseline.values():
        if entry.over(today) and entry.fingerprint in present:
            yield f"baseline entry for {entry.rule} in {entry.path} ended on {entry.expires}"
    gone = sum(entry.fingerprint not in present for entry in baseline.values())
    if gone:
        told = "1 baseline entry is" if gone == 1 else f"{gone} baseline entries are"
        yield f"{told} fixed: --write-baseline drops them"
