"""Expressions to values: evaluates what can be evaluated without running anything."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Callable

from django_bearer_audit.project import environment, own_readers, settings_objects
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.operations import (
    BINARY,
    BUILTINS,
    COMPARE,
    METHODS,
    add,
    bounded,
    call_method,
    choose,
    constant,
    lift,
    truth,
)
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import (
    Absent,
    Choice,
    Env,
    Items,
    Known,
    Named,
    Scalar,
    Table,
    Unknown,
    Value,
    join,
)

_DEPTH = 40
Lookup = Callable[[str], Value | None]
Global = Callable[[str, Module], Value | None]


class Evaluator:
    """Evaluates expressions of one module; names come from `lookup`, dotted names from `of_dotted`."""

    def __init__(self, module: Module, imports: Imports, lookup: Lookup, of_dotted: Global) -> None:
        self._module = module
        self._imports = imports
        self._lookup = lookup
        self._of_dotted = of_dotted
        self._depth = 0
        self._of_a_field = False

    def value(self, node: ast.expr) -> Value:
        where = self._module.place(node)
        if self._depth > _DEPTH:
            return Unknown(where, "nested too deeply")
        self._depth += 1
        try:
            found = self._value(node)
            return found if isinstance(found, Known | Named) else bounded(found)
        finally:
            self._depth -= 1

    def _value(self, node: ast.expr) -> Value:
        where = self._module.place(node)
        match node:
            case ast.Constant(value=plain) if plain is None or isinstance(plain, str | bytes | int | float):
                return Known(plain, where)
            case ast.Name() | ast.Attribute():
                return self._name(node)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return self._items(elements, node)
            case ast.Dict():
                return self._table(node)
            case ast.Call():
                return self._call(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(left, op, right, node)
            case ast.BoolOp(op=op, values=operands):
                return self._either(isinstance(op, ast.Or), [self.value(item) for item in operands], node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return lift(lambda item: not item, (self.value(operand),), where)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return lift(lambda item: -item, (self.value(operand),), where)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return lift(COMPARE[type(op)], (self.value(left), self.value(right)), where)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._conditional(test, body, orelse, node)
            case ast.JoinedStr(values=pieces):
                return self._formatted(pieces, node)
            case ast.NamedExpr(value=value):
                return self.value(value)
            case _:
                return Unknown(where)

    # -- names ------------------------------------------------------------

    def _name(self, node: ast.Name | ast.Attribute) -> Value:
        where = self._module.place(node)
        if isinstance(node, ast.Name):
            found = self._lookup(node.id)
            if found is not None:
                return found
        else:
            owner = self._instance(node.value)
            if owner is not None:
                return self._field(owner, node.attr) or Unknown(where)
        qualname = self._imports.qualname(self._module, node)
        if qualname is None:
            return Unknown(where)
        if qualname == "sys.argv":  # a server is not started by `manage.py test`
            return Items((), where)
        found = self._of_dotted(qualname, self._module)
        if found is None and isinstance(node, ast.Attribute):
            owner = qualname.rpartition(".")[0]
            found = self._field(owner, node.attr)
        return found or Named(qualname, where)

    def _instance(self, node: ast.expr) -> str | None:
        """The class of the project that an expression is an instance of."""
        match node:
            case ast.Name(id=name):
                held = self._lookup(name)
                if held is None and (full := self._imports.qualname(self._module, node)):
                    held = self._of_dotted(full, self._module)
            case ast.Attribute(value=ast.Name() | ast.Attribute()) | ast.Call(func=ast.Name() | ast.Attribute()):
                held = self.value(node)
            case _:
                return None
        held = held.default if isinstance(held, Env) else held
        is_one = isinstance(held, Named) and held.name.endswith("()")
        return held.name.removesuffix("()") if is_one and isinstance(held, Named) else None

    def _field(self, owner: str, name: str) -> Value | None:
        """A field of a class, whose own value may not ask for a field: fields could ask for one another for ever."""
        if self._of_a_field:
            return None
        return settings_objects.field(self._imports, self._module, owner, name, self._in)

    def _in(self, module: Module) -> Evaluator:
        found = Evaluator(module, self._imports, lambda name: None, self._of_dotted)
        found._of_a_field = True
        return found

    # -- containers ------------------------------------------------------------

    def _items(self, elements: list[ast.expr], node: ast.expr) -> Value:
        found = Items((), self._module.place(node))
        for element in elements:
            if isinstance(element, ast.Starred):
                joined = add(found, self.value(element.value), found.where)
                found = joined if isinstance(joined, Items) else found
            else:
                found = Items((*found.items, self.value(element)), found.where, found.complete)
        return found

    def _table(self, node: ast.Dict) -> Value:
        entries: dict[Scalar, Value] = {}
        complete = True
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item)
            if key is None:
                complete &= isinstance(value, Table) and value.complete
                entries |= value.entries if isinstance(value, Table) else {}
            else:
                name = constant(self.value(key))
                complete &= isinstance(name, str | int)
                if isinstance(name, str | int):
                    entries[name] = value
        return Table(entries, self._module.place(node), complete)

    def _subscript(self, node: ast.Subscript) -> Value:
        where = self._module.place(node)
        if self._imports.qualname(self._module, node.value) in environment.MAPPINGS:
            name = constant(self.value(node.slice))
            return Env(name if isinstance(name, str) else None, None, where)
        owner = self.value(node.value)
        key = constant(self.value(node.slice)) if not isinstance(node.slice, ast.Slice) else None
        match owner:
            case Table() if isinstance(key, str):
                found = owner.get(key)
                return Unknown(where) if isinstance(found, Absent) else found
            case Items(complete=True) if isinstance(key, int) and -len(owner.items) <= key < len(owner.items):
                return owner.items[key]
            case Known() if isinstance(key, int | str):
                return lift(lambda held, at: held[at], (owner, Known(key, where)), where)
            case _:
                return Unknown(where, parts=(owner,))

    # -- operators ------------------------------------------------------------

    def _binary(self, left: ast.expr, op: ast.operator, right: ast.expr, node: ast.expr) -> Value:
        where, sides = self._module.place(node), (self.value(left), self.value(right))
        if isinstance(op, ast.Add | ast.BitOr) and any(isinstance(side, Items | Table) for side in sides):
            return add(*sides, where)
        function = BINARY.get(type(op))
        return lift(function, sides, where) if function else Unknown(where, parts=sides)

    def _either(self, is_or: bool, values: list[Value], node: ast.expr) -> Value:
        """`a or b`: a read of the environment that may be empty takes what follows as its default."""
        where = self._module.place(node)
        current = values[0]
        for following in values[1:]:
            if is_or and isinstance(current, Env):
                held = None if current.default is None else truth(current.default)
                current = current if held else Env(current.name, following, where)
                continue
            decided = truth(current)
            if decided is None:
                current = choose([current, following], where)
            elif decided != is_or:
                current = following
        return current

    def _conditional(self, test: ast.expr, body: ast.expr, orelse: ast.expr, node: ast.expr) -> Value:
        decided = truth(self.value(test))
        if decided is not None:
            return self.value(body if decided else orelse)
        return join(self.value(body), self.value(orelse), self._module.place(node))

    def _formatted(self, pieces: list[ast.expr], node: ast.expr) -> Value:
        values = tuple(self.value(p.value if isinstance(p, ast.FormattedValue) else p) for p in pieces)
        where = self._module.place(node)
        if any(isinstance(value, Choice | Env) for value in values):
            return Unknown(where, parts=values)
        return lift(lambda *parts: "".join(map(str, parts)), values, where)

    # -- calls ------------------------------------------------------------

    def _call(self, node: ast.Call) -> Value:
        where = self._module.place(node)
        qualname = self._imports.qualname(self._module, node.func)
        declared = environment.declared_value(node, qualname)
        if declared is not None:
            name, default = declared
            held = None if default is None else self.value(default)
            return Env(name, held, where) if name else held or Unknown(where)
        variable = environment.variable_read(node, qualname)
        if variable is None and self._is_reader(node.func):
            variable = environment.read_by_reader(node)
        if variable is not None:
            default = environment.default_of(node)
            if default is not None:
                return Env(variable, self.value(default), where)
            scheme = self._declared_default(node, variable)
            return Env(variable, scheme if environment.fails_when_unset(qualname) else Known(None, where), where)
        own = self._own_reader(qualname, node)
        if own is not None:
            return own
        if qualname in {"datetime.timedelta", "django.utils.timezone.timedelta"}:
            return self._timedelta(node)
        arguments = tuple(self.value(argument) for argument in node.args if not isinstance(argument, ast.Starred))
        if qualname in BUILTINS and arguments:
            return lift(BUILTINS[qualname], arguments, where)
        if qualname in {"list", "tuple", "set", "sorted", "frozenset"} and len(arguments) == 1:
            return arguments[0]
        if qualname == "dict" and not node.args:
            entries: dict[Scalar, Value] = {key.arg: self.value(key.value) for key in node.keywords if key.arg}
            return Table(entries, where, all(key.arg for key in node.keywords))
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            name = node.func.attr
            owner = self.value(node.func.value)
            return lift(lambda held, *rest: call_method(name, held, rest), (owner, *arguments), where)
        return self._constructed(qualname, node) or Unknown(where, f"{qualname or 'a call'}()", arguments)

    def _own_reader(self, qualname: str | None, node: ast.Call) -> Value | None:
        """What a function of the project that reads the environment yields."""
        found = self._imports.definition(qualname, self._module.path) if qualname else None
        if found is None or isinstance(found.node, ast.ClassDef):
            return None
        reader = own_readers.reader(found.node)
        asked = own_readers.asked(found.node, reader, node) if reader is not None else None
        if reader is None or asked is None:
            return None
        where = self._module.place(node)
        default = Known(None, where) if asked[1] is None else self.value(asked[1])
        if reader.switch and isinstance(default, Known):
            default = Known(own_readers.switched(default.value), default.where)
        return Env(asked[0], default, where)

    def _declared_default(self, node: ast.Call, variable: str) -> Value | None:
        """`env = environ.Env(DEBUG=(bool, False))` gives DEBUG its default for every later read."""
        scheme = self._scheme(node.func)
        entry = scheme.entries.get(variable) if isinstance(scheme, Table) else None
        return entry.items[1] if isinstance(entry, Items) and len(entry.items) == 2 else None

    def _scheme(self, function: ast.expr) -> Value | None:
        """What the reader behind `env(…)` or `env.bool(…)` was told, here or where it is imported from."""
        owner = function.value if isinstance(function, ast.Attribute) else function
        if not isinstance(owner, ast.Name | ast.Attribute):
            return None
        known = self._lookup(f"{owner.id}()") if isinstance(owner, ast.Name) else None
        qualname = None if known is not None else self._imports.qualname(self._module, owner)
        return self._of_dotted(f"{qualname}()", self._module) if qualname else known

    def _is_reader(self, function: ast.expr) -> bool:
        owner = function.value if isinstance(function, ast.Attribute) else function
        return self._imports.qualname(self._module, owner) == "environs.env" or self._scheme(function) is not None

    def _constructed(self, qualname: str | None, node: ast.Call) -> Value | None:
        """An instance of one of the project's own classes keeps its class."""
        if not qualname or not qualname.rpartition(".")[2][:1].isupper():
            return None
        found = self._imports.definition(qualname, self._module.path)
        is_class = found is not None and isinstance(found.node, ast.ClassDef)
        return Named(f"{qualname}()", self._module.place(node)) if is_class else None

    def _timedelta(self, node: ast.Call) -> Value:
        where = self._module.place(node)
        given = [(key.arg or "", self.value(key.value)) for key in node.keywords]
        names = [*["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"]][: len(node.args)]
        given += list(zip(names, map(self.value, node.args), strict=False))
        keys = [name for name, _ in given]
        return lift(
            lambda *amounts: datetime.timedelta(**dict(zip(keys, amounts, strict=True))),
            tuple(value for _, value in given),
            where,
        )
