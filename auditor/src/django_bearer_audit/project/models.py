"""The Django models of a tree: their fields, and where a column is looked up by equality."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.flow.words import parts, vocabulary
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.python import PythonIndex
from django_bearer_audit.project.source import Module

_ENDS = vocabulary("""
    expires expiry expire expired expiration valid until end ends ttl lifetime revoked exp deadline timeout
    active used consumed last
""")
_LOOKUPS = vocabulary("""
    get filter exclude get_or_create update_or_create aget afilter get_object_or_404
    get_object_or_none aget_object_or_404 Q
""")


@dataclass(frozen=True, slots=True)
class Field:
    """One column, where it is declared."""

    name: str
    kind: str
    """The last part of its class: `CharField`."""
    call: ast.Call
    node: ast.stmt
    module: Module

    def option(self, name: str) -> ast.expr | None:
        return next((keyword.value for keyword in self.call.keywords if keyword.arg == name), None)


@dataclass(frozen=True, slots=True)
class Model:
    """One table, with the columns it inherits from the project's own bases."""

    definition: Definition
    node: ast.ClassDef
    fields: tuple[Field, ...]
    own: tuple[Field, ...]

    @property
    def module(self) -> Module:
        return self.definition.module

    @property
    def ends(self) -> bool:
        """Whether a column ends what a row stands for."""
        return any(set(parts(field.name)) & _ENDS for field in self.fields)

    def has(self, *kinds: str) -> bool:
        return any(field.kind in kinds for field in self.fields)


class Models:
    """Finds them by what they are made of: a class with model fields."""

    def __init__(self, python: PythonIndex, imports: Imports, classes: Classes) -> None:
        self._python, self._imports, self._classes = python, imports, classes
        self._all: Held[str, tuple[Model, ...]] = {}

    @property
    def all(self) -> tuple[Model, ...]:
        return self._python.ledger.memo(self._all, "", self._found)

    def _found(self) -> tuple[Model, ...]:
        ledger = self._python.ledger
        return tuple(
            model
            for path in self._python.finds(("all", "models", "Field("))
            if ledger.keep("models", path, partial(self._any_in, path), bool, bool)
            for model in self._in(path)
        )

    def _any_in(self, path: str) -> bool:
        return bool(self._in(path))

    def _in(self, path: str) -> list[Model]:
        module = self._python.module(path)
        classes = [node for node in module.statements if isinstance(node, ast.ClassDef)] if module else []
        return [model for node in classes if module and (model := self._model(module, node)) is not None]

    def _model(self, module: Module, node: ast.ClassDef) -> Model | None:
        if not node.bases:
            return None
        own = tuple(self._fields(module, node))
        if not own:
            return None
        definition = self._classes.define(module, node)
        fields = [
            field
            for above in self._classes.ancestry(definition)
            if isinstance(above, Definition) and isinstance(above.node, ast.ClassDef)
            for field in self._fields(above.module, above.node)
        ]
        return Model(definition, node, tuple(fields), own)

    def _fields(self, module: Module, node: ast.ClassDef) -> Iterator[Field]:
        for statement in node.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
                ):
                    kind = self._kind(module, call)
                    if kind:
                        yield Field(name, kind, call, statement, module)
                case _:
                    pass

    def _kind(self, module: Module, call: ast.Call) -> str | None:
        qualname = self._imports.qualname(module, call.func) or ""
        package, _, last = qualname.rpartition(".")
        if not last.endswith(("Field", "ForeignKey")):
            return None
        # serializers, forms and filters have fields, too
        foreign = ("serializers", "forms", "filters", "django_filters", "fields", "graphene")
        is_model = package.endswith("models") or package.rpartition(".")[2] not in foreign
        return last if is_model and package not in {"", "rest_framework"} else None

    def lookups(self, field: str) -> Iterator[tuple[Module, ast.Call, ast.expr]]:
        """Queries that compare this column with a value: `.filter(token=value)`."""
        for module in self._python.with_words(f"{field}=", f"{field}__exact="):
            for call in module.nodes(ast.Call):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                if name in _LOOKUPS:
                    for keyword in call.keywords:
                        asked = (keyword.arg or "").removesuffix("__exact")
                        if asked == field or asked.endswith(f"__{field}"):
                            yield module, call, keyword.value

    def named(self, name: str) -> Model | None:
        """The model of that class name, when there is only one."""
        found = [model for model in self.all if model.node.name == name]
        return found[0] if len(found) == 1 else None
