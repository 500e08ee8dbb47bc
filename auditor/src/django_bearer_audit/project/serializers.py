"""What a ModelSerializer says of itself: the entries of its Meta, its own and the inherited ones."""

from __future__ import annotations

import ast

from django_bearer_audit.project import Project
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.source import Module


def entries_of_meta(project: Project, serializer: Definition) -> dict[str, tuple[Module, ast.expr]]:
    """The nearest Meta in the project's part of the hierarchy."""
    for above in project.classes.ancestry(serializer):
        if not isinstance(above, Definition) or not isinstance(above.node, ast.ClassDef):
            continue
        for statement in above.node.body:
            if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
                return {
                    each.targets[0].id: (above.module, each.value)
                    for each in statement.body
                    if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
                }
    return {}
