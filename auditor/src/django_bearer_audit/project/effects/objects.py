"""What the attributes and items of a value are: of the request, of rows, of objects of the project's classes."""

from __future__ import annotations

import ast
from collections.abc import Callable

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects.inherited import Inherited
from django_bearer_audit.project.effects.value import (
    NOTHING,
    OF_CALLER,
    Class,
    How,
    Instance,
    Kind,
    Literal,
    Object,
    Parameter,
    Reference,
    Request,
    Routine,
    Rows,
    Source,
    Value,
    made,
)
from django_bearer_audit.project.flow.words import is_password, is_secret, parts, vocabulary
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.source import Module

PARTS = vocabulary("POST GET data query_params COOKIES headers META FILES body json cookies form args DATA scope")
SENT = vocabulary("validated_data cleaned_data initial_data")
_PERSON = vocabulary("""
    id pk email username phone mobile name uid userid user account login telephone mail cpf dob birthday joined
    created slug number first_name last_name date gender
""")
USER_MODELS = ("django.contrib.auth.models.User", "django.contrib.auth.get_user_model", "User")
_CLIENTS = ("twilio.", "vonage.", "messagebird.", "plivo.", "africastalking.")
"""Clients of SMS services, whose parts do the work: `client.messages.create(...)`."""
_STEPS = 4
Evaluate = Callable[[Module, ast.expr, Definition | None], Value]


def is_known(name: str) -> bool:
    """A column or attribute that says something about a person, and is no secret."""
    words = parts(name)
    return bool(words) and words[-1] in _PERSON and not is_secret(name) and not is_password(name)


class Objects:
    """Looks into values."""

    def __init__(self, imports: Imports, classes: Inherited, evaluate: Evaluate) -> None:
        self._imports, self._classes, self._evaluate = imports, classes, evaluate

    def attribute(self, value: Value, name: str, where: Place, importer: str = "") -> Value:
        match value.what:
            case Reference() if value.sources:  # the value of a setting
                return value.plain()
            case Reference(name=dotted):
                return self.named(f"{dotted}.{name}", importer, where)
            case Request(part=part):
                return self._of_request(part, name, where)
            case Parameter(name=argument, steps=steps):
                return self._of_parameter(argument, (*steps, f".{name}"), where)
            case Class(definition=definition):
                return self._of_class(definition, name, where) or self._further(value, name, where)
            case Instance(of=argument) as instance:
                found = self.of_instance(instance, value, name, where)
                if found is None and argument:
                    return self._of_parameter(argument, (f".{name}",), where)
                return found or self._further(value, name, where)
            case Rows(one=True) as row:
                return self._of_row(row, value, name, where)
            case Rows() as rows:
                if name == "model":
                    return self._model_of(rows)
                same = name in {"objects", "all_objects", "_default_manager"}
                return Value(value.sources, what=rows) if same else value.plain()
            case Object(name=dotted) if dotted.startswith(_CLIENTS):
                return Value(value.sources, value.done, Object(f"{dotted}.{name}"))
            case Object(name=dotted) if name == "access_token" and dotted.endswith("RefreshToken"):
                return value.with_done(How.SIGNED, where)
            case Object(name=dotted):
                return Value(value.sources, value.done, Object(dotted) if name in {"value", "headers"} else None)
            case _:
                return value.plain()

    def item(self, value: Value, key: Value, where: Place) -> Value:
        """`value[key]`, `value.get(key)`."""
        text = str(key.what.value) if isinstance(key.what, Literal) else ""
        match value.what:
            case Request() | Parameter() if (named := value.entry(text)) is not None:  # put there since it was sent
                return named
            case Reference(name="os.environ"):
                return made(Kind.ENVIRONMENT, text or "?", where)
            case Request(part="session"):
                return made(Kind.STORED, text or "?", where, "session")
            case Request(part="scope" | "") if text == "user":
                return Value(what=Rows("User", one=True, caller=True))
            case Request(part="") if text in {"request", "info"}:  # `self.context["request"]`
                return value
            case Request(part=part) if part:
                return made(Kind.REQUEST, text or "?", where, part)
            case Parameter(name=argument, steps=steps):
                asked = f"${key.what.name}" if isinstance(key.what, Parameter) and not key.what.steps else text
                return self._of_parameter(argument, (*steps, f"[{asked or '?'}]"), where)
            case Rows(one=False) as rows:
                return Value(value.sources, value.done, rows._replace(one=True))
            case _:
                found = value.entry(text)
                return found if found is not None else value.plain()

    def follow(self, value: Value, steps: tuple[str, ...], where: Place) -> Value:
        """The attributes and items that a function reads from its parameter, of what it is given."""
        for step in steps:
            if step.startswith("["):
                key = Value(what=Literal(step[1:-1])) if step != "[?]" else NOTHING
                value = self.item(value, key, where)
            else:
                value = self.attribute(value, step[1:], where)
        return value

    def meant(self, module: Module, node: ast.expr) -> Value:
        """What a chain of names means at the top of a module."""
        dotted = self._imports.qualname(module, node)
        return self.named(dotted, module.path, module.place(node)) if dotted else NOTHING

    def named(self, dotted: str, importer: str, where: Place) -> Value:
        """What a full dotted name means: of the tree, or outside of it."""
        found = self._imports.definition(dotted, importer)
        if found is not None:
            self._classes.itself(found)
            return Value(what=Class(found) if isinstance(found.node, ast.ClassDef) else Routine(found))
        owner, _, name = dotted.rpartition(".")
        if owner == "django.conf.settings":
            return made(Kind.ENVIRONMENT, dotted, where, what=Reference(dotted))
        if owner == "os.environ" and name != "get":
            return made(Kind.ENVIRONMENT, dotted, where)
        above = self._imports.definition(owner, importer) if owner else None
        if above is not None and isinstance(above.node, ast.ClassDef):
            return self._of_class(above, name, where) or Value(what=Reference(dotted))
        if name == "objects":
            return Value(what=self.table_named(owner))
        if dotted.startswith("string."):
            return made(Kind.CONSTANT, dotted, where, what=Reference(dotted))
        return Value(what=Reference(dotted))

    def table_named(self, name: str) -> Rows:
        return Rows("User" if name in USER_MODELS else name)

    def is_table(self, definition: Definition) -> bool:
        return self._classes.says(definition, _is_table)

    def rows_of(self, definition: Definition, **how: bool) -> Rows:
        self._classes.itself(definition)
        user = self._classes.is_a(definition, "django.contrib.auth.base_user.AbstractBaseUser")
        return Rows("User" if user else definition.node.name, definition, **how)

    # -- each kind of thing ------------------------------------------------------------

    def _model_of(self, rows: Rows) -> Value:
        if rows.definition is not None:
            return Value(what=Class(rows.definition))
        return Value(what=Reference("django.contrib.auth.models.User" if rows.model == "User" else rows.model))

    def managed(self, definition: Definition) -> Rows | None:
        """The rows that an object of a manager's class stands for."""
        return self._classes.says(definition, _managed)

    def of_manager(self, rows: Rows, name: str) -> Routine | None:
        """A method of the project's own manager."""
        if rows.definition is None:
            return None
        found = self._classes.attribute(rows.definition, "objects")
        maker = found.value if found is not None else None
        while isinstance(maker, ast.Call):
            maker = maker.func
        if found is None or maker is None:
            return None
        if isinstance(maker, ast.Attribute) and maker.attr in {"from_queryset", "as_manager"}:
            maker = maker.value
        cls = self.meant(found.owner.module, maker)
        if not isinstance(cls.what, Class):
            return None
        method = self._classes.method(cls.what.definition, name)
        return Routine(method, cls.what.definition, Value(what=rows)) if method is not None else None

    def _of_request(self, part: str, name: str, where: Place) -> Value:
        if part and name not in PARTS:
            return made(Kind.REQUEST, name, where, part)
        match name:
            case "user" | "_user":
                return Value(what=Rows("User", one=True, caller=True))
            case "session":
                return Value(what=Request("session"))
            case "request" | "_request" | "context":
                return Value(what=Request())
            case "auth":
                return made(Kind.KNOWN, "auth", where)
            case _ if name in PARTS or name in SENT:
                return made(Kind.REQUEST, "", where, name, Request(name))
            case _:
                return Value(frozenset({Source(Kind.UNKNOWN, name, where)}))

    def _of_parameter(self, argument: str, steps: tuple[str, ...], where: Place) -> Value:
        kept = steps[:_STEPS]
        source = Source(Kind.PARAMETER, argument, where, "", kept)
        return Value(frozenset({source}), what=Parameter(argument, kept))

    def _of_row(self, row: Rows, value: Value, name: str, where: Place) -> Value:
        if row.definition is not None:
            method = self._classes.method(row.definition, name)
            if method is not None:
                return Value(what=Routine(method, row.definition, value))
        if name in {"user", "owner", "account"} and row.model != "User":
            return Value(value.sources, what=Rows("User", one=True, caller=row.caller))
        kind = Kind.KNOWN if self._is_known(row, name) else Kind.STORED
        found = Value(frozenset({Source(kind, name, where, row.model, OF_CALLER if row.caller else ())}))
        return found.with_done(How.LONG, where) if kind is Kind.STORED and self.is_uuid(row, name) else found

    def is_uuid(self, row: Rows, column: str) -> bool:
        """A column that holds UUIDs: what is looked up by it cannot be guessed as a short code can."""
        found = self._classes.attribute(row.definition, column) if row.definition is not None else None
        function = found.value.func if found is not None and isinstance(found.value, ast.Call) else None
        return getattr(function, "attr", getattr(function, "id", "")) == "UUIDField"

    def is_text_key(self, row: Rows, column: str) -> bool:
        """Whether rows are named by a text of the project's own, and not by a number that can be counted up."""
        asked = row.definition is not None and column in {"pk", "id"}
        above = self._classes.ancestry(row.definition) if asked and row.definition is not None else ()
        nodes = [each.node for each in above if isinstance(each, Definition)]
        for each in (s for node in nodes if isinstance(node, ast.ClassDef) for s in node.body):
            match each:
                case ast.Assign(value=ast.Call(func=function, keywords=keywords)):
                    kind = getattr(function, "attr", getattr(function, "id", ""))
                    key = any(k.arg == "primary_key" and getattr(k.value, "value", False) is True for k in keywords)
                    if key and kind == "CharField":
                        return True
                case _:
                    pass
        return False

    def _is_known(self, row: Rows, name: str) -> bool:
        found = self._classes.attribute(row.definition, name) if row.definition is not None else None
        if found is not None and isinstance(found.value, ast.Call):
            function = found.value.func
            kind = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if "Date" in kind or "AutoField" in kind:
                return True
        return is_known(name)

    def _of_class(self, definition: Definition, name: str, where: Place) -> Value | None:
        if name == "objects" and (self.is_table(definition) or self._classes.attribute(definition, name) is None):
            return Value(what=self.rows_of(definition))
        method = self._classes.method(definition, name)
        if method is not None:
            return Value(what=Routine(method, definition, self._bound(method, definition)))
        found = self._classes.attribute(definition, name)
        return self._evaluate(found.owner.module, found.value, found.owner) if found is not None else None

    def _bound(self, method: Definition, definition: Definition) -> Value | None:
        """What a method is bound to that is asked of the class itself: the class for a classmethod, else nothing."""
        written = {getattr(each, "id", "") for each in method.node.decorator_list}
        return Value(what=Class(definition)) if "classmethod" in written else None

    def of_instance(self, instance: Instance, value: Value, name: str, where: Place) -> Value | None:
        for held, known in instance.fields:
            if held == name:
                return known
        definition = instance.definition
        method = self._classes.method(definition, name)
        if method is not None:
            written = {getattr(each, "id", getattr(each, "attr", "")) for each in method.node.decorator_list}
            this = None if "staticmethod" in written else value
            return Value(what=Routine(method, definition, this))
        found = self._classes.attribute(definition, name)
        if found is not None:
            return self._evaluate(found.owner.module, found.value, found.owner)
        rows = self.managed(definition)
        if rows is not None and name == "model":
            return self._model_of(rows)
        match name:
            case "context" | "instance" if instance.of:  # what its maker gave it
                return None
            case "request" | "context" | "_request":
                return Value(what=Request())
            case "kwargs":
                return made(Kind.REQUEST, "", where, "path", Request("path"))
            case "scope":
                return Value(what=Request("scope"))
            case _ if name in SENT or name == "data":
                return made(Kind.REQUEST, "", where, "data", Request("data"))
            case "instance" | "object":
                return Value(what=Rows("", one=True))
            case "__class__":
                return Value(what=Class(definition))
            case _:
                return None

    def _further(self, value: Value, name: str, where: Place) -> Value:
        return Value(frozenset({Source(Kind.UNKNOWN, name, where)}))


def _is_table(above: tuple[str, ...]) -> bool:
    return any(
        each.startswith(("django.db.models", "django.contrib.auth.models.Abstract", "django.contrib.auth.base_user"))
        or each.endswith((".Model", "models.Model", "BaseModel.Model"))
        for each in above
    )


def _managed(above: tuple[str, ...]) -> Rows | None:
    names = {each.rpartition(".")[2] for each in above}
    if names & {"BaseUserManager", "UserManager"}:
        return Rows("User")
    return Rows("") if names & {"Manager", "QuerySet", "BaseManager"} else None
