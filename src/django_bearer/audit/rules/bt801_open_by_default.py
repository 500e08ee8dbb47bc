"""REST framework lets everybody in unless a view says otherwise.

The default of DEFAULT_PERMISSION_CLASSES is AllowAny. Every view that forgets its permissions is then open,
and nothing tells it from one that is meant to be. One finding for the default, with the views that live on
it.

When every view names its own permissions the default is a trap for the next one only: shown to the pedantic
persona.

Fix: IsAuthenticated as the default, AllowAny written at the few public views.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer.audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer.audit.project import Project
from django_bearer.audit.project.settings import Settings
from django_bearer.audit.project.source import Module
from django_bearer.audit.project.values import Value, never_set, show

ID = "BT801"
TITLE = "Open by default"
CWE = "CWE-306"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_ALLOW_ANY = "rest_framework.permissions.AllowAny"
_FIX = """REST_FRAMEWORK = {
    ...,
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}"""
_MAX_LISTED = 10


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        if not settings.whole or not project.uses("rest_framework"):
            continue
        value = settings.get("REST_FRAMEWORK", "DEFAULT_PERMISSION_CLASSES")
        if never_set(value) and settings.installed("rest_framework"):
            yield _hit(project, settings, _place(settings), "not set, so it is AllowAny")
        elif settings.names("REST_FRAMEWORK", "DEFAULT_PERMISSION_CLASSES") in ((), (_ALLOW_ANY,)):
            yield _hit(project, settings, value.where, show(value))


def _place(settings: Settings) -> Place:
    table: Value = settings.get("REST_FRAMEWORK")
    return settings.missing("REST_FRAMEWORK") if never_set(table) else table.where


def _hit(project: Project, settings: Settings, where: Place, told: str) -> Hit:
    views = tuple(_living_on_the_default(project, settings.site.root))
    rest = f" and {len(views) - _MAX_LISTED} more" if len(views) > _MAX_LISTED else ""
    named = ", ".join(str(view) for view in views[:_MAX_LISTED])
    return Hit(
        where=where,
        message=f"DEFAULT_PERMISSION_CLASSES is {told}. "
        + (f"Views that rely on it: {named}{rest}." if views else "No view relies on it today."),
        attack="Whoever finds the address of such a view reads and writes without logging in.",
        fix=_FIX,
        related=views,
        persona=None if views else Persona.PEDANTIC,
    )


def _living_on_the_default(project: Project, root: str) -> Iterator[Place]:
    for module in project.python.with_words("rest_framework"):
        if module.path.startswith(root):
            yield from _classes(project, module)
            yield from _functions(project, module)


def _classes(project: Project, module: Module) -> Iterator[Place]:
    for node in module.nodes(ast.ClassDef):
        view = project.classes.define(module, node)
        own = project.classes.attribute(view, "permission_classes")
        decides = own is not None or project.classes.method(view, "get_permissions") is not None
        if not decides and _answers(node) and project.classes.is_a(view, "rest_framework.views.APIView"):
            yield Place(module.path, node.lineno, node.lineno)


def _answers(node: ast.ClassDef) -> bool:
    return bool(node.body) and not node.name.startswith(("Base", "_")) and not node.name.endswith("Mixin")


def _functions(project: Project, module: Module) -> Iterator[Place]:
    for node in module.nodes(ast.FunctionDef):
        names = [
            project.qualname(module, d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list
        ]
        if "rest_framework.decorators.api_view" in names and not any(
            name and name.endswith("permission_classes") for name in names
        ):
            yield Place(module.path, node.lineno, node.lineno)
