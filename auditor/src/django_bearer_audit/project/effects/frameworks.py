"""What the base classes of Django and REST framework do with the project's serializers and forms."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import TypeGuard

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.arguments import Arguments
from django_bearer_audit.project.effects.frame import Frame
from django_bearer_audit.project.effects.inherited import Inherited
from django_bearer_audit.project.effects.objects import Objects
from django_bearer_audit.project.effects.value import (
    NOTHING,
    OF_CALLER,
    Class,
    How,
    Instance,
    Kind,
    Literal,
    Request,
    Routine,
    Rows,
    Source,
    Value,
    made,
)
from django_bearer_audit.project.flow.words import is_password
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

Apply = Callable[[Frame, ast.AST, Routine, Arguments], Value]

_SERIALIZERS = (
    "rest_framework.serializers.",
    "rest_framework_simplejwt.serializers.",
    "dj_rest_auth.",
    "rest_auth.",
    "drf_writable",
)
_FORMS = ("django.forms.", "django.contrib.auth.forms.", "allauth.account.forms.", "crispy_forms.")
_VALIDATING = re.compile(
    r"\.(UserCreationForm|BaseUserCreationForm|AdminUserCreationForm|SetPasswordForm|PasswordChangeForm"
    r"|AdminPasswordChangeForm|SignupForm|RegisterSerializer|PasswordResetConfirmSerializer"
    r"|PasswordChangeSerializer)$"
)
_TRIES = re.compile(
    r"\.(AuthenticationForm|TokenObtain\w*Serializer|AuthTokenSerializer|LoginSerializer|AdminAuthenticationForm)$"
)


_FORM_VIEWS = ("CreateView", "UpdateView", "DeleteView", "FormView", "TemplateView", "RedirectView")
_NONE = Arguments()
_ACCOUNT = ("username", "first_name", "last_name", "email", "last_login", "date_joined")
"""Columns of Django's own account."""


class Frameworks:
    """Runs the methods that a framework calls by itself."""

    def __init__(self, imports: Imports, classes: Inherited, objects: Objects, apply: Apply) -> None:
        self._imports, self._classes, self._objects, self._apply = imports, classes, objects, apply

    def is_input(self, definition: Definition) -> bool:
        """A serializer or a form: what it holds was sent."""
        return self._classes.says(definition, _is_input)

    def made(self, definition: Definition, given: Arguments) -> Value:
        """An object of it, filled with what it was given."""
        data = given.named_only("data") if any(n == "data" for n, _ in given.named) else given.get(0)
        if not data.sources and data.what is None:
            data = self._sent_to(definition)
        if isinstance(data.what, Rows) and not data.what.new:
            data = self.shown(definition, data)
        fields = [("data", data), ("validated_data", data), ("cleaned_data", data), ("initial_data", data)]
        named = {name for name, _ in given.named}
        fields += [(name, value) for name, value in given.named if name in {"instance", "context"}]
        if "instance" not in named and "data" in named and given.placed:  # `Serializer(row, data=…)`
            fields.append(("instance", given.placed[0]))
        return Value(what=Instance(definition, frozenset(fields)))

    def shown(self, definition: Definition, rows: Value, deep: int = 2) -> Value:
        """`UserSerializer(rows).data`: these rows, with the columns that a serializer reads from them."""
        table = rows.what
        if not isinstance(table, Rows):
            return rows
        steps = OF_CALLER if table.caller else ()
        self._classes.itself(definition)
        where = definition.module.place(definition.node)
        found = set(rows.sources)
        for field in self.read(definition):
            inner = self._nested(definition, field)
            if inner is not None and deep:
                model = self._table(self.meta(inner))
                found |= self.shown(inner, Value(what=model._replace(caller=table.caller)), deep - 1).sources
            else:
                found.add(Source(Kind.KNOWN, field, where, table.model, steps))
        return Value(frozenset(found), rows.done, rows.what)

    def read(self, definition: Definition) -> list[str]:
        """The columns of its table that a ModelSerializer answers with."""
        meta = self.meta(definition)
        if "model" not in meta or self._classes.method(definition, "to_representation") is not None:
            return []
        fields, excluded = meta.get("fields"), meta.get("exclude")
        named = _texts(fields[1]) if fields else []
        if "__all__" in named or fields is None:
            model = self._table(meta)
            named = [*self._columns(model), *(_ACCOUNT if model.model == "User" else ())]
        hidden = set(_texts(excluded[1])) if excluded else set()
        return [each for each in named if each not in hidden and not self._write_only(definition, each)]

    def _write_only(self, definition: Definition, field: str) -> bool:
        found = self._classes.attribute(definition, field)
        own = found.value.keywords if found is not None and isinstance(found.value, ast.Call) else []
        said = [(k.arg, k.value) for k in own]
        extra = self.meta(definition).get("extra_kwargs")
        for key, value in zip(extra[1].keys, extra[1].values, strict=True) if _is_table(extra) else ():
            if isinstance(key, ast.Constant) and key.value == field and isinstance(value, ast.Dict):
                said += [(getattr(k, "value", None), v) for k, v in zip(value.keys, value.values, strict=True)]
        return any(name == "write_only" and getattr(value, "value", False) is True for name, value in said)

    def _nested(self, definition: Definition, field: str) -> Definition | None:
        """`user = UserSerializer()` inside another serializer."""
        found = self._classes.attribute(definition, field)
        if found is None or not isinstance(found.value, ast.Call):
            return None
        meant = self._objects.meant(found.owner.module, found.value.func)
        return meant.what.definition if isinstance(meant.what, Class) else None

    def reading(self, frame: Frame, node: ast.AST, this: Value, view: Definition, rows: Value) -> None:
        """What a generic view answers to a GET: its rows, as its serializer or its template shows them."""
        if any(each.endswith(_FORM_VIEWS) for each in self._above(view)):
            return
        if isinstance(rows.what, Rows) and any("Detail" in each or "Retrieve" in each for each in self._above(view)):
            rows = rows._replace(what=rows.what._replace(one=True))
        shown = [self.shown(cls, rows) for cls in self.inputs_of(frame, node, this, view)] or [rows]
        for value in shown:
            frame.does(Act.RETURNS, node, "generic", value)

    def checked(self, frame: Frame, node: ast.AST, this: Value, definition: Definition) -> None:
        """`is_valid()`: its own validation, that of its fields, and that of the package it derives from."""
        data = self.data_of(this)
        for name in self._validators(definition):
            given = (
                data
                if name in {"validate", "clean", "to_internal_value"}
                else self._objects.item(data, Value(what=_literal(name.partition("_")[2])), frame.place(node))
            )
            self._run(frame, node, this, definition, name, given)
        for field, validators in self._field_validators(definition):
            sent = self._objects.item(data, Value(what=_literal(field)), frame.place(node))
            if validators:
                frame.does(Act.VALIDATES, node, "validators", sent, name=field)
        above = list(self._above(definition))
        if any(map(_TRIES.search, above)):
            sent = made(Kind.REQUEST, "password", frame.place(node), "data")
            frame.does(
                Act.CHECKS,
                node,
                next(each for each in above if _TRIES.search(each)),
                sent,
                Value(what=Rows("User", one=True)),
            )
        if any(map(_VALIDATING.search, above)):
            frame.does(Act.VALIDATES, node, next(each for each in above if _VALIDATING.search(each)))

    def saved(self, frame: Frame, node: ast.AST, this: Value, definition: Definition, given: Arguments) -> Value:
        """`save()`: the project's own, else what the framework stores."""
        for name in ("save", "create", "update"):
            method = self._classes.method(definition, name)
            if method is not None:
                data = self.data_of(this)
                data = data._replace(items=(*data.items, *given.named)) if name != "save" else data
                instance = self.instance_of(this)
                placed = {"save": given.placed, "create": (data,), "update": (instance, data)}[name]
                arguments = Arguments(placed, given.named if name == "save" else ())
                return self._apply(frame, node, Routine(method, definition, this), arguments)
        if given.named and isinstance(this.what, Instance):  # `serializer.save(owner=request.user)`
            data = self.data_of(this)
            own = {**dict(this.what.fields), "data": data._replace(items=(*data.items, *given.named))}
            this = this._replace(what=this.what._replace(fields=frozenset(own.items())))
        return self.stored(frame, node, this, definition)

    def stored(
        self, frame: Frame, node: ast.AST, this: Value, definition: Definition, given: Arguments = _NONE
    ) -> Value:
        """What a ModelSerializer or ModelForm puts into its table by itself, of what it is `given` in the end."""
        changed = next((value for value in given.placed[::-1] if value.items), None)
        if changed is not None and isinstance(this.what, Instance):  # `validated_data["password"] = make_password(…)`
            own = {**dict(this.what.fields), "data": changed}
            this = this._replace(what=this.what._replace(fields=frozenset(own.items())))
        meta = self.meta(definition)
        above = list(self._above(definition))
        sets = any(map(_VALIDATING.search, above))
        fields = dict(this.what.fields) if isinstance(this.what, Instance) else {}
        model = self._table(meta)._replace(one=True, new="instance" not in fields)
        data = self.data_of(this)
        if sets:
            sent = made(Kind.REQUEST, "password", frame.place(node), "data")
            frame.does(Act.SETS, node, "set_password", sent, Value(what=model), "password")
            return Value(what=model)
        if "model" not in meta:
            return Value(what=Rows("", one=True))
        module, named = meta.get("fields", meta["model"])
        taken = _taken_out(frame.function)
        maker = self._objects.of_manager(model, "create") if model.new and _is_serializer(above) else None
        if maker is not None:  # what REST framework calls
            asked = [field for field in self.written(definition) if field not in taken]
            told = [(field, self._cleaned(frame, node, this, definition, field)) for field in asked]
            return self._apply(frame, node, maker, Arguments(named=tuple(told)))
        for field in self.written(definition):
            if field in taken:
                continue
            value = self._cleaned(frame, node, this, definition, field)
            act = Act.SETS if is_password(field) else Act.STORES
            where = next((done.where for done in sorted(value.done) if done.how is How.SLOW), module.place(named))
            frame.add(Effect(act, where, "ModelSerializer", value, Value(what=model), field, (), frame.given))
        return Value(data.sources, what=model)

    def _cleaned(self, frame: Frame, node: ast.AST, this: Value, definition: Definition, field: str) -> Value:
        """What was sent for a field, or what the `clean_` or `validate_` of that field makes of it."""
        sent = self._objects.item(self.data_of(this), Value(what=_literal(field)), frame.place(node))
        for name in (f"clean_{field}", f"validate_{field}"):
            made_of = self._run(frame, node, this, definition, name, sent)
            if made_of.sources:
                return made_of
        return sent

    def base_validated(
        self, frame: Frame, node: ast.AST, this: Value, definition: Definition, given: Arguments
    ) -> Value:
        """`super().validate(attrs)`: what a login's serializer tries there, and what it hands out."""
        tries = next((each for each in self._above(definition) if _TRIES.search(each)), None)
        if tries is not None:
            sent = self._objects.item(given.get(0), Value(what=Literal("password")), frame.place(node))
            user = Value(what=Rows("User", one=True))
            frame.does(Act.CHECKS, node, tries, sent, user)
            frame.does(Act.ISSUES, node, tries, user, user, "token")
        return given.get(0)

    def generic(self, frame: Frame, node: ast.AST, this: Value, view: Definition) -> Value:
        """What a generic view of REST framework or Django does with what is sent."""
        for cls in self.inputs_of(frame, node, this, view):
            held = self.made(cls, Arguments(named=(("data", self._sent_to(view)),)))
            self.checked(frame, node, held, cls)
            for name in ("perform_create", "perform_update", "form_valid"):
                method = self._classes.method(view, name)
                if method is not None:
                    self._apply(frame, node, Routine(method, view, this), Arguments((held,)))
                    break
            else:
                if not any(
                    each.endswith(("generic.FormView", "edit.FormView", "LoginView")) for each in self._above(view)
                ):
                    self.saved(frame, node, held, cls, Arguments())
        return NOTHING

    def inputs_of(self, frame: Frame, node: ast.AST, this: Value, view: Definition) -> Iterator[Definition]:
        """The serializers and forms that a view reads its input with."""
        for name in ("serializer_class", "form_class"):
            found = self._classes.attribute(view, name)
            if found is not None:
                meant = self._objects.meant(found.owner.module, found.value)
                if isinstance(meant.what, Class):
                    yield meant.what.definition
        for name in ("get_serializer_class", "get_form_class"):
            chosen = self._classes.method(view, name)
            if chosen is not None:
                for each in walk(chosen.node):
                    if isinstance(each, ast.Return) and each.value is not None:
                        meant = self._objects.meant(chosen.module, each.value)
                        if isinstance(meant.what, Class) and self.is_input(meant.what.definition):
                            yield meant.what.definition

    def written(self, definition: Definition) -> list[str]:
        """The fields of the table that a caller can set."""
        meta = self.meta(definition)
        fields = meta.get("fields")
        named = _texts(fields[1]) if fields else []
        fixed = set(_texts(meta["read_only_fields"][1])) if "read_only_fields" in meta else set()
        if "__all__" in named or fields is None:
            model = self._table(meta)
            named = self._columns(model) or ["password"] if model.model == "User" else self._columns(model)
        return [each for each in named if each not in fixed and not self._read_only(definition, each)]

    def _columns(self, model: Rows) -> list[str]:
        if model.definition is None or not isinstance(model.definition.node, ast.ClassDef):
            return []
        return [
            each.targets[0].id
            for each in model.definition.node.body
            if isinstance(each, ast.Assign)
            and isinstance(each.targets[0], ast.Name)
            and isinstance(each.value, ast.Call)
        ]

    def _read_only(self, definition: Definition, field: str) -> bool:
        found = self._classes.attribute(definition, field)
        if found is None or not isinstance(found.value, ast.Call):
            return False
        function = found.value.func
        kind = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return kind in {"SerializerMethodField", "ReadOnlyField"} or any(
            k.arg == "read_only" and getattr(k.value, "value", False) is True for k in found.value.keywords
        )

    def _table(self, meta: dict[str, tuple[Module, ast.expr]]) -> Rows:
        if "model" not in meta:
            return Rows("")
        module, node = meta["model"]
        name = self._imports.qualname(module, node.func if isinstance(node, ast.Call) else node) or ""
        found = self._imports.definition(name, module.path)
        if found is not None and isinstance(found.node, ast.ClassDef):
            return self._objects.rows_of(found)
        if name.rpartition(".")[2] in {"User", "get_user_model", "UserModel"}:
            return Rows("User")
        return Rows(name.rpartition(".")[2])

    def meta(self, definition: Definition) -> dict[str, tuple[Module, ast.expr]]:
        """The entries of the nearest Meta."""
        for above in self._classes.ancestry(definition):
            if isinstance(above, Definition) and isinstance(above.node, ast.ClassDef):
                for statement in above.node.body:
                    if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
                        return {
                            each.targets[0].id: (above.module, each.value)
                            for each in statement.body
                            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
                        }
        return {}

    def instance_of(self, this: Value) -> Value:
        """The row that a serializer changes."""
        fields = dict(this.what.fields) if isinstance(this.what, Instance) else {}
        return fields.get("instance", Value(what=Rows("", one=True)))

    def data_of(self, this: Value) -> Value:
        if isinstance(this.what, Instance):
            found = dict(this.what.fields).get("data")
            if found is not None:
                return found
            return self._sent_to(this.what.definition)
        return made_request(None)

    def _sent_to(self, definition: Definition) -> Value:
        self._classes.itself(definition)
        return made_request(definition)

    def _run(
        self, frame: Frame, node: ast.AST, this: Value, definition: Definition, name: str, given: Value
    ) -> Value:
        method = self._classes.method(definition, name)
        if method is None:
            return NOTHING
        return self._apply(frame, node, Routine(method, definition, this), Arguments((given,)))

    def _validators(self, definition: Definition) -> Iterator[str]:
        seen = set()
        for above in self._classes.ancestry(definition):
            if isinstance(above, Definition) and isinstance(above.node, ast.ClassDef):
                for statement in above.node.body:
                    name = getattr(statement, "name", "")
                    own = name in {"validate", "clean", "to_internal_value"} or name.startswith(
                        ("validate_", "clean_")
                    )
                    if own and name not in seen:
                        seen.add(name)
                        yield name

    def _field_validators(self, definition: Definition) -> Iterator[tuple[str, bool]]:
        """Fields for passwords, with whether a validator of their own looks at them."""
        for above in self._classes.ancestry(definition):
            if not isinstance(above, Definition) or not isinstance(above.node, ast.ClassDef):
                continue
            for statement in above.node.body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=keywords)) if is_password(
                        name
                    ):
                        yield name, any(k.arg == "validators" and getattr(k.value, "elts", True) for k in keywords)
                    case _:
                        pass
        meta = self.meta(definition).get("extra_kwargs")
        if meta is not None and isinstance(meta[1], ast.Dict):
            for key, value in zip(meta[1].keys, meta[1].values, strict=True):
                if isinstance(key, ast.Constant) and is_password(str(key.value)) and isinstance(value, ast.Dict):
                    names = [getattr(each, "value", "") for each in value.keys]
                    yield str(key.value), "validators" in names

    def _above(self, definition: Definition) -> tuple[str, ...]:
        return self._classes.outside(definition)

    def class_of(self, value: Value) -> Definition | None:
        return value.what.definition if isinstance(value.what, Class) else None


def _is_input(above: tuple[str, ...]) -> bool:
    return any(each.startswith(_SERIALIZERS + _FORMS) for each in above)


def _is_table(entry: tuple[Module, ast.expr] | None) -> TypeGuard[tuple[Module, ast.Dict]]:
    return entry is not None and isinstance(entry[1], ast.Dict)


def _is_serializer(above: list[str]) -> bool:
    return any(each.startswith(_SERIALIZERS) for each in above)


def made_request(definition: Definition | None) -> Value:
    where = definition.module.place(definition.node) if definition is not None else Place("")
    return made(Kind.REQUEST, "", where, "data", Request("data"))


def _literal(text: str) -> Literal:
    return Literal(text)


def _taken_out(function: ast.AST) -> set[str]:
    """`validated_data.pop("password")`: what the project takes out before it hands the rest to its framework."""
    found = set()
    for node in walk(function) if isinstance(function, ast.FunctionDef) else ():
        match node:
            case ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=str(name)), *_]):
                found.add(name)
            case _:
                pass
    return found


def _texts(node: ast.expr) -> list[str]:
    return [each.value for each in walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
