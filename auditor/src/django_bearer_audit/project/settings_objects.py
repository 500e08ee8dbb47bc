"""Fields of the project's own classes that hold settings: pydantic's read the environment, plain ones do not."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Protocol

from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.settings_classes import lineage
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Env, Named, Unknown, Value


class _Evaluates(Protocol):
    def value(self, node: ast.expr) -> Value: ...


def field(
    imports: Imports, importer: Module, qualname: str, name: str, evaluator_of: Callable[[Module], _Evaluates]
) -> Value | None:
    """What a field of a class holds by default; None when the class or the field is not one of the project's."""
    found = imports.definition(qualname, importer.path) if qualname else None
    if found is None or not isinstance(found.node, ast.ClassDef):
        return None
    line = list(lineage(imports, found))
    for definition in line:
        for statement, default in _of_name(definition.node, name):
            where = definition.module.place(statement)
            held = None if default is None else _default(imports, definition.module, default, evaluator_of)
            if any(_reads_environment(imports, each) for each in line):
                return Env(name, held, where)
            return held or Unknown(where)
    return None


def _reads_environment(imports: Imports, definition: Definition) -> bool:
    bases = definition.node.bases if isinstance(definition.node, ast.ClassDef) else []
    return any((imports.qualname(definition.module, base) or "").endswith("BaseSettings") for base in bases)


def _of_name(node: ast.AST, name: str) -> Iterator[tuple[ast.stmt, ast.expr | None]]:
    for statement in reversed(getattr(node, "body", [])):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=said), value=default) if said == name:
                yield statement, default
            case ast.Assign(targets=targets, value=default):
                if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    yield statement, default


def _default(
    imports: Imports, module: Module, node: ast.expr, evaluator_of: Callable[[Module], _Evaluates]
) -> Value | None:
    """`Field(default=x)`, `field(default_factory=C)` and `x` alike."""
    if isinstance(node, ast.Call) and imports.qualname(module, node.func) in {"pydantic.Field", "dataclasses.field"}:
        given = {each.arg: each.value for each in node.keywords}
        made = given.get("default_factory")
        if made is not None:
            named = imports.qualname(module, made)
            return Named(f"{named}()", module.place(made)) if named else None
        default = given.get("default", node.args[0] if node.args else None)
        required = default is None or (isinstance(default, ast.Constant) and default.value is Ellipsis)
        return None if default is None or required else evaluator_of(module).value(default)
    return evaluator_of(module).value(node)
