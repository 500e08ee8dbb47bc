"""Forms of Django's admin: what they do, staff did."""

from __future__ import annotations

import ast

from django_bearer_audit.project import Project
from django_bearer_audit.project.source import Module

_SLOTS = frozenset({"form", "add_form", "change_form", "change_password_form"})


def in_admin_form(project: Project, module: Module, node: ast.AST) -> bool:
    """Whether code is part of a form that an admin class of the project names as its own."""
    around = next((scope.name for scope in module.enclosing(node) if isinstance(scope, ast.ClassDef)), None)
    if around is None:
        return False
    return any(
        isinstance(assign.value, ast.Name) and assign.value.id == around and _fills_slot(assign)
        for other in project.python.with_all_words("Admin", around)
        for assign in other.nodes(ast.Assign)
    )


def _fills_slot(assign: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id in _SLOTS for target in assign.targets)
