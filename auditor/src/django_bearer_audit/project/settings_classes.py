"""Settings in the body of a class: of django-configurations, or of a project that exports them itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.source import Module

WHOLE = frozenset({"INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE"})
_DEV = re.compile(r"dev|local|test|debug|ci|base|common|mixin|abstract|stag", re.I)
_PRODUCTION = re.compile(r"prod|live|deploy|release", re.I)
_DEPTH = 12


def chosen(imports: Imports, module: Module) -> tuple[Definition, ...]:
    """The class that production takes its settings from, after those above it; empty when there is none."""
    classes = [node for node in module.tree.body if isinstance(node, ast.ClassDef)]
    lines = [_line(imports, module, node) for node in classes if node.bases or _sets(node, WHOLE)]
    lines = [line for line in lines if any(_sets(above.node, WHOLE) for above in line)]
    return max(lines, key=_rank, default=())


def _rank(line: tuple[Definition, ...]) -> tuple[bool, bool, int, int]:
    name = line[-1].name
    return bool(_PRODUCTION.search(name)), not _DEV.search(name), len(line), line[-1].node.lineno


def _line(imports: Imports, module: Module, node: ast.ClassDef) -> tuple[Definition, ...]:
    found: dict[ast.AST, Definition] = {}
    for each in lineage(imports, Definition(module, node, node.name)):
        found[each.node] = each
    return tuple(reversed(found.values()))


def lineage(imports: Imports, definition: Definition, depth: int = 0) -> Iterator[Definition]:
    """A class and those of the project above it, nearest first."""
    yield definition
    for base in definition.node.bases if isinstance(definition.node, ast.ClassDef) and depth < _DEPTH else ():
        name = imports.qualname(definition.module, base)
        above = imports.definition(name, definition.module.path) if name else None
        if above is not None and isinstance(above.node, ast.ClassDef):
            yield from lineage(imports, above, depth + 1)


def _sets(node: ast.AST, names: frozenset[str]) -> bool:
    return any(
        isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id in names for target in statement.targets)
        for statement in getattr(node, "body", ())
    )
