"""Tables whose rows are shown to those they belong to: what the lists of a project say of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import Kind, is_callers
from django_bearer_audit.project.effects_of import in_views
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.facts import Endpoint, Who
from django_bearer_audit.project.source import Module

_OWNER = ("owner", "user", "account", "customer", "client", "member", "patient", "student")
_WORD = "get_queryset"
_LISTS = ("ListView", "ArchiveIndexView", "IndexView")


def owned_tables(project: Project) -> frozenset[str]:
    """Tables that are listed for their owner somewhere, and nowhere for everybody."""
    found = set(in_views(project, "owned rows", _in_view))
    found |= set(project.from_modules("owned rows", ("any", _WORD), partial(_in_queries, project)))
    return frozenset(found - _listed_for_all(project)) if found else frozenset()


def _in_view(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[str]:
    yield from _tables(effects)


def _in_queries(project: Project, module: Module) -> Iterator[str]:
    for function in module.nodes(ast.FunctionDef):
        if function.name == _WORD:
            yield from _tables(project.effects.of(module, function).effects)


def _tables(effects: tuple[Effect, ...]) -> Iterator[str]:
    """`filter(owner=self.request.user)`; who wrote a text is no owner of it."""
    for effect in effects:
        if effect.act is Act.LOOKS_UP and is_callers(effect.value) and has_word(effect.name, *_OWNER):
            yield from (s.part.rpartition(".")[2] for s in effect.other.of(Kind.STORED) if s.part)


def _listed_for_all(project: Project) -> set[str]:
    """What a page of Django lists for every visitor, without a query of its own."""
    found = set()
    for endpoint in project.routes.table.endpoints:
        owner = endpoint.handler.owner if endpoint.handler is not None and endpoint.handler.is_class else None
        if owner is None or endpoint.who is not Who.EVERYBODY:
            continue
        above = list(project.routes.above(owner))
        if any(each.endswith(_LISTS) for each in above) and project.classes.method(owner, _WORD) is None:
            found.add(project.routes.told(owner, "model").rpartition(".")[2])
    return found
