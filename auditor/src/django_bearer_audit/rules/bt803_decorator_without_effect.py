"""A decorator that should close a view does nothing where it stands.

`@permission_classes`, `@authentication_classes` and `@throttle_classes` only set an attribute for
`@api_view` to read. On a method of a class nobody reads it; written above `@api_view` it comes too late.
The code looks protected and is not.

Not reported when the view is closed by other means, or when the decorator names AllowAny only.

Fix: the attribute on a class; below `@api_view` on a function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Who
from django_bearer_audit.project.source import Module

ID = "BT803"
TITLE = "Decorator without effect"
CWE = "CWE-306"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_REST = "rest_framework.decorators."
_LISTS = {f"{_REST}{name}" for name in ("permission_classes", "authentication_classes", "throttle_classes")}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@modules_with("permission_classes", "authentication_classes", "throttle_classes")
def check(project: Project, module: Module) -> Iterator[Hit]:
    functions: list[_Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for node in functions:
        yield from _of_function(project, module, node)


def _of_function(project: Project, module: Module, node: _Function) -> Iterator[Hit]:
    names = [_name(project, module, decorator) for decorator in node.decorator_list]
    in_class = isinstance(module.parents.get(node), ast.ClassDef)
    api_view = names.index(f"{_REST}api_view") if f"{_REST}api_view" in names else None
    for position, name in enumerate(names):
        late = api_view is not None and position < api_view
        if name in _LISTS and (in_class or late):
            decorator = node.decorator_list[position]
            hit = _hit(project, module, node, decorator, in_class)
            if hit is not None and not _opens(decorator):
                yield hit


def _hit(project: Project, module: Module, node: _Function, decorator: ast.expr, in_class: bool) -> Hit | None:
    found = _endpoints(project, module, node)
    closes = "throttle" not in ast.unparse(decorator)
    if closes and found and all(endpoint.who in {Who.USER, Who.CHECKED} for endpoint in found):
        return None
    why = "on a method of a class nobody reads it" if in_class else "above @api_view it comes too late"
    reached = ", ".join(dict.fromkeys(e.told for e in found)) or node.name
    return Hit(
        where=module.place(decorator),
        message=f"@{ast.unparse(decorator)} has no effect here: {why}. Open: {reached}.",
        attack="The view looks protected in every review, and answers anybody who calls it.",
        fix=_fix(decorator, in_class),
        severity=None if closes and any(e.who is Who.EVERYBODY for e in found) else Severity.MEDIUM,
    )


def _endpoints(project: Project, module: Module, node: _Function) -> list[Endpoint]:
    return [
        endpoint
        for endpoint in project.routes.table.endpoints
        if endpoint.handler is not None and endpoint.handler.code == module.spot(node)
    ]


def _fix(decorator: ast.expr, in_class: bool) -> str:
    shown = ast.unparse(decorator)
    if not in_class:
        return f"@api_view([...])\n@{shown}"
    name, _, given = shown.partition("(")
    return f"{name} = {given.removesuffix(')')}  # an attribute of the class"


def _opens(decorator: ast.expr) -> bool:
    """Meant to open, not to close."""
    given = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
    if not isinstance(given, ast.List | ast.Tuple):
        return False
    return all(ast.unparse(element).endswith("AllowAny") for element in given.elts)


def _name(project: Project, module: Module, decorator: ast.expr) -> str | None:
    return project.qualname(module, decorator.func if isinstance(decorator, ast.Call) else decorator)
