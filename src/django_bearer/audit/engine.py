"""One audit: joins the project, the rules and the report."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django_bearer.audit.finding import Finding, Persona, Report, Skipped, in_order
from django_bearer.audit.project import Project
from django_bearer.audit.registry import Rule, all_rules


def audit(
    root: Path,
    *,
    persona: Persona = Persona.REGULAR,
    settings_module: str | None = None,
    rules: Sequence[Rule] | None = None,
) -> Report:
    """Read a folder and run every rule over it. Nothing of the folder is imported or run."""
    with _without_collector():
        project = Project(root, settings_module)
        project.python.start_check()
        findings: list[Finding] = []
        failed: list[Skipped] = []
        for rule in all_rules() if rules is None else rules:
            _run(rule, project, findings, failed)
        return Report(
            root=str(root),
            findings=in_order(_shown(findings, persona)),
            skipped=(*project.skipped(), *failed),
            notes=tuple(_notes(project)),
            files=len(project.tree.paths),
        )


def _run(rule: Rule, project: Project, findings: list[Finding], failed: list[Skipped]) -> None:
    """No input may stop the audit: a rule that breaks on one is reported, and the others go on."""
    try:
        findings += [rule.sign(hit) for hit in rule.check(project)]
    except Exception as error:
        failed.append(Skipped(".", f"{rule.id} failed: {type(error).__name__}: {error}"))


def _shown(findings: list[Finding], persona: Persona) -> Iterator[Finding]:
    seen: set[tuple[str, object, str]] = set()
    for finding in findings:
        # Baselines and inline suppressions will be applied here.
        key = (finding.rule, finding.where, finding.hit.message)
        if key not in seen and (persona is Persona.PEDANTIC or finding.persona is Persona.REGULAR):
            seen.add(key)
            yield finding


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
