"""One audit: joins the project, the rules and the report."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django_bearer_audit.finding import Finding, Hit, Persona, Report, Skipped, hit_from, in_order
from django_bearer_audit.limits import allow
from django_bearer_audit.memory import Memory
from django_bearer_audit.per_module import PerModule
from django_bearer_audit.policy import Policy, config, judged
from django_bearer_audit.project import Project
from django_bearer_audit.project.loaded import Loaded
from django_bearer_audit.registry import Rule, all_rules
from django_bearer_audit.report.routes import cells
from django_bearer_audit.writing import folder_of_its_own, spread

Step = Callable[[int, int, str], None]
"""Told before each rule: how many are done, of how many, and what comes next."""


@dataclass(slots=True)
class Outcome:
    """What the rules said, before any policy."""

    findings: list[Finding] = field(default_factory=list)
    failed: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: bool = False


def audit(
    root: Path,
    *,
    persona: Persona = Persona.REGULAR,
    settings_module: str | None = None,
    rules: Sequence[Rule] | None = None,
    exclude: tuple[str, ...] = (),
    policy: Policy | None = None,
    on_step: Step | None = None,
    remember: bool = False,
    routes: bool = False,
    loaded: Loaded | None = None,
) -> Report:
    """Read a folder and run every rule over it. Nothing of the folder is imported or run.

    With `routes` the report carries the route table too. `loaded` is what a running project says of itself; then
    nothing is remembered, since no file of the tree tells when that changes.
    """
    policy = policy or Policy(persona)
    running = all_rules() if rules is None else tuple(rules)
    ids = frozenset(rule.id for rule in running)
    with _without_collector():
        project = Project(root, settings_module, exclude, loaded)
        allow(project.tree.size)
        remember = remember and loaded is None
        memory = Memory(project, f"{settings_module} {exclude} {sorted(ids)}") if remember else None
        if memory:
            memory.prepare()
        else:
            project.python.start_check()
        outcome = _outcome(project, running, on_step)
        table = _routes(project) if routes else ()
        project.effects.forget()
        if memory:
            memory.keep()
        before = partial(_found_before, policy, settings_module, running, project.tree.size)
        verdict = judged(list(_once(outcome.findings, running)), project, policy, ids, before)
        return Report(
            root=str(root),
            findings=in_order(verdict.findings),
            skipped=tuple(sorted({*project.skipped(), *outcome.failed})),
            notes=(*outcome.notes, *verdict.notes),
            files=len(project.tree.paths),
            aside=verdict.aside,
            assumed=tuple((each.name, each.reason) for each in policy.assume),
            routes=table,
            broken=outcome.broken,
        )


def _found_before(
    policy: Policy, settings_module: str | None, running: Sequence[Rule], size: int
) -> dict[str, Finding]:
    """What the same rules find at the revision that is compared with, in a copy of its files."""
    if policy.changed is None:
        return {}
    allow(size)
    with folder_of_its_own() as copy:
        spread(copy, policy.changed.before())
        told = config.load(copy)
        known = told if isinstance(told, config.Config) else config.Config()
        report = audit(
            copy,
            persona=Persona.PEDANTIC,
            settings_module=known.settings or settings_module,
            exclude=known.exclude,
            rules=running,
        )
    return {finding.fingerprint: finding for finding in report.findings}


def _outcome(project: Project, running: Sequence[Rule], on_step: Step | None) -> Outcome:
    outcome = Outcome()
    project.front.begin()
    for number, rule in enumerate(running):
        if on_step:
            on_step(number, len(running), rule.title)
        _run(rule, project, outcome)
    keep = project.ledger.keep
    outcome.failed += keep("front", "", lambda: list(project.front.skipped), _rows, _skipped)
    outcome.failed += keep("settings", "", lambda: list(project.not_followed()), _rows, _skipped)
    outcome.notes += keep("notes", "", lambda: list(_notes(project)), list, list)
    return outcome


def _run(rule: Rule, project: Project, outcome: Outcome) -> None:
    """What a rule says, each part found out once for as long as nothing changes that it rests on.

    No input may stop the audit: a rule that breaks on one is reported, and the others go on.
    """
    hits: list[Hit] = []
    for key, check in _parts(rule, project):
        try:
            hits += project.ledger.keep(rule.id, key, partial(_listed, check), _written, _read)
        except Exception as error:
            outcome.broken = True
            outcome.failed.append(Skipped(".", f"{rule.id} failed: {type(error).__name__}: {error}"))
    merge = rule.check.merge if isinstance(rule.check, PerModule) else iter
    outcome.findings += map(rule.sign, merge(hits))


def _parts(rule: Rule, project: Project) -> Iterator[tuple[str, Callable[[], Iterator[Hit]]]]:
    if not isinstance(rule.check, PerModule):
        yield "", partial(rule.check, project)
        return
    for path in project.python.found_by(*rule.check.searches):
        yield path, partial(_of_module, rule.check, project, path)


def _of_module(check: PerModule, project: Project, path: str) -> Iterator[Hit]:
    module = project.python.module(path)
    return iter(()) if module is None else check.judge(project, module)


def _listed(check: Callable[[], Iterator[Hit]]) -> list[Hit]:
    return list(check())


def _written(hits: Iterable[Hit]) -> list[dict[str, Any]]:
    return [asdict(hit) for hit in hits]


def _read(rows: list[dict[str, Any]]) -> list[Hit]:
    return [hit_from(row) for row in rows]


def _rows(skipped: Iterable[Skipped]) -> list[tuple[str, str]]:
    return [(each.path, each.reason) for each in skipped]


def _skipped(rows: list[tuple[str, str]]) -> list[Skipped]:
    return [Skipped(*row) for row in rows]


def _once(findings: list[Finding], running: Sequence[Rule]) -> Iterator[Finding]:
    """Two ways to the same finding are one finding, and the rule that says more speaks for the one it covers."""
    covers = {rule.id: rule.covers for rule in running}
    covered = {(less, finding.where) for finding in findings for less in covers.get(finding.rule, ())}
    seen: set[tuple[str, object, str]] = set()
    for finding in findings:
        key = (finding.rule, finding.where, finding.hit.message)
        if key not in seen and (finding.rule, finding.where) not in covered:
            seen.add(key)
            yield finding


def _routes(project: Project) -> tuple[tuple[str, ...], ...]:
    """Empty when the table cannot be built: then the rules that ask for it have said so."""
    try:
        return cells(project.routes.table)
    except Exception:
        return ()


def _notes(project: Project) -> Iterator[str]:
    for settings in project.settings:
        if settings.site.whole:
            yield f"production settings: {settings.site.production} ({settings.site.why})"
        if settings.site.unseen:
            yield f"{settings.site.unseen} is not in this tree; what is missing from settings is not reported"
        for place in settings.space.overlays:
            yield f"{place} may set settings that are not in this tree; what is missing is not reported"
    if not project.settings:
        yield "no Django settings found in this tree"


@contextmanager
def _without_collector() -> Iterator[None]:
    """Trees are many small objects and no garbage: the collector would take three quarters of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
