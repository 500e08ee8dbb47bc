"""The rules: every module of `rules/`, found by walking the folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django_bearer_audit import rules
from django_bearer_audit.finding import Confidence, Finding, Hit, Persona, Severity
from django_bearer_audit.project import Project


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule module, read once."""

    id: str
    title: str
    cwe: str
    severity: Severity
    confidence: Confidence
    persona: Persona
    doc: str
    check: Callable[[Project], Iterator[Hit]]
    covers: tuple[str, ...] = ()
    """Rules that say less about the same thing: at the same place only this one is reported."""

    @property
    def row(self) -> int:
        return int(self.id[2])

    def sign(self, hit: Hit) -> Finding:
        return Finding(
            rule=self.id,
            title=self.title,
            cwe=self.cwe,
            severity=hit.severity or self.severity,
            confidence=hit.confidence or self.confidence,
            persona=hit.persona or self.persona,
            hit=hit,
        )


def all_rules() -> tuple[Rule, ...]:
    """In order of their ids; a module that lacks a part of a rule fails here, at once."""
    modules = sorted(info.name for info in pkgutil.iter_modules(rules.__path__) if info.name.startswith("bt"))
    return tuple(_read(f"{rules.__name__}.{name}") for name in modules)


def _read(name: str) -> Rule:
    module = importlib.import_module(name)
    return Rule(
        id=module.ID,
        title=module.TITLE,
        cwe=module.CWE,
        severity=module.SEVERITY,
        confidence=module.CONFIDENCE,
        persona=module.PERSONA,
        doc=(module.__doc__ or "").strip(),
        check=module.check,
        covers=getattr(module, "COVERS", ()),
    )
