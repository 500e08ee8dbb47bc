"""Rules that judge one module at a time, so that only what changed is judged again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django_bearer_audit.finding import Hit
from django_bearer_audit.project import Project, words_of_calls
from django_bearer_audit.project.ledger import Search
from django_bearer_audit.project.source import Module

Judge = Callable[[Project, Module], Iterator[Hit]]
Merge = Callable[[Iterable[Hit]], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class PerModule:
    """The check of such a rule. `judge` is told one module and must remember nothing of another."""

    searches: tuple[Search, ...]
    """Which modules are judged: those that one of them finds."""
    judge: Judge
    merge: Merge = iter
    """What becomes of the hits of all modules: one finding for one cause."""

    def __call__(self, project: Project) -> Iterator[Hit]:
        modules = project.python.holding(*self.searches)
        return self.merge(hit for module in modules for hit in self.judge(project, module))


def modules_with(*words: str, merge: Merge = iter) -> Callable[[Judge], PerModule]:
    """Judge every module whose text holds at least one of the words."""
    return lambda judge: PerModule((("any", *words),), judge, merge)


def modules_with_all(*words: str) -> Callable[[Judge], PerModule]:
    """Judge every module whose text holds every one of the words."""
    return lambda judge: PerModule((("all", *words),), judge)


def modules_calling(*qualnames: str) -> Callable[[Judge], PerModule]:
    """Judge every module that may call one of these functions."""
    return lambda judge: PerModule(tuple(words_of_calls(qualnames)), judge)
