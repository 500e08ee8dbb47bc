"""One method of one route before it is judged, and the code behind it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from django_bearer_audit.finding import Place
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes.facts import Handler
from django_bearer_audit.project.routes.handlers import Answer
from django_bearer_audit.project.routes.targets import Target


@dataclass(frozen=True, slots=True)
class Seen:
    """One method of one route, before it is judged."""

    path: str
    target: Target
    answer: Answer
    where: Place


def handler_of(seen: Seen, view: Definition) -> Handler:
    owner = view if isinstance(view.node, ast.ClassDef) else None
    module, node = seen.answer.code or (view.module, view.node)
    return Handler.of(module, node, owner)


def own_name(view: Definition, answer: Answer) -> str:
    plain = answer.action == answer.method.lower() or not isinstance(view.node, ast.ClassDef)
    return view.name if plain else f"{view.name}.{answer.action}"
