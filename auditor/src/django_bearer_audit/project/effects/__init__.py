"""What the code of a project does: the question that purposes and rules ask instead of reading names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.effects.acts import Act, Effect, Summary
from django_bearer_audit.project.effects.arguments import Arguments
from django_bearer_audit.project.effects.frame import Frame
from django_bearer_audit.project.effects.inherited import Inherited, Results
from django_bearer_audit.project.effects.interpreter import Function, Interpreter
from django_bearer_audit.project.effects.renaming import effects_of
from django_bearer_audit.project.effects.value import Instance, Kind, Request, Routine, Rows, Value, made
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.source import Module

__all__ = ["Act", "Effect", "Effects", "Summary"]

_BEFORE = (
    "setup",
    "initial",
    "dispatch",
    "test_func",
    "has_permission",
    "check_permissions",
    "prepare",
    "get_queryset",
)


class Effects:
    """Answers what functions and entry points do."""

    def __init__(self, imports: Imports, classes: Classes) -> None:
        self._imports, self._classes = imports, classes
        self._asked = Inherited(classes)
        self._interpreter = Interpreter(imports, self._asked)
        self._entered: Results[tuple[Effect, ...]] = {}

    def forget(self) -> None:
        """Free what was found out: it takes a third of the memory of an audit."""
        for each in (self._asked, self._interpreter):
            each.forget()
        self._entered.clear()

    def of(self, module: Module, function: Function) -> Summary:
        """What a function does, whoever calls it."""
        owner = self._class_around(module, function)
        name = self._imports.qualname(module, ast.Name(function.name)) or function.name
        return self._interpreter.summary(Definition(module, function, name), owner)

    def of_view(self, module: Module, node: Function | ast.ClassDef, owner: Definition | None) -> tuple[Effect, ...]:
        """What happens when a request reaches a view; `node` is the class where its framework answers."""
        return self._asked.once(
            self._entered, ("view", node), owner, lambda: tuple(self._of_view(module, node, owner)), effects_of
        )

    def of_reading(self, view: Definition) -> tuple[Effect, ...]:
        """What a generic view answers to a GET, where its framework has the code."""
        return self._asked.once(
            self._entered, ("reading", view.node), view, lambda: tuple(self._of_reading(view)), effects_of
        )

    def _of_reading(self, view: Definition) -> Iterator[Effect]:
        self._imports.ledger.file(view.module.path)
        run, node = self._interpreter, view.node
        frame = Frame(view.module, node, view)
        this = Value(what=Instance(view))
        try:
            rows = run.table_of(frame, view)
            for name in ("initial", "dispatch", "test_func", "get_queryset", "get_object"):
                method = self._classes.method(view, name)
                if method is not None and isinstance(method.node, Function):
                    given = self._arguments(frame, method.node, this) if name[:4] != "get_" else Arguments()
                    found = run.call(frame, node, run.method(method, view, this), given)
                    rows = found if isinstance(found.what, Rows) or name[:4] == "get_" else rows
            run.frameworks.reading(frame, node, this, view, rows)
        except RecursionError:
            frame.shared.whole = False
        yield from frame.shared.effects

    def of_resolver(self, module: Module, node: Function, owner: Definition | None) -> tuple[Effect, ...]:
        """What a resolver of GraphQL does: after itself and `info`, its arguments are what was sent."""
        frame = Frame(module, node, owner)
        this = Value(what=Instance(owner)) if owner is not None else None
        named = []
        for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            if each.arg in {"info", "context"}:
                named.append((each.arg, Value(what=Request())))
            elif each.arg not in {"self", "root", "cls", "_"}:
                named.append((each.arg, made(Kind.REQUEST, each.arg, frame.place(each), "args")))
        name = self._imports.qualname(module, ast.Name(node.name)) or node.name
        run = self._interpreter
        value = run.method(Definition(module, node, name), owner, this) if owner and this else None
        value = value or Value(what=Routine(Definition(module, node, name)))
        run.call(
            frame,
            node,
            value,
            Arguments((), tuple(named), made(Kind.REQUEST, "", frame.place(node), "args", Request("args"))),
        )
        return tuple(frame.shared.effects)

    def _of_view(self, module: Module, node: Function | ast.ClassDef, owner: Definition | None) -> Iterator[Effect]:
        self._imports.ledger.file(module.path)
        frame = Frame(module, node, owner)
        try:
            self._enter(frame, node, owner)
        except RecursionError:
            frame.shared.whole = False
        yield from frame.shared.effects

    def _enter(self, frame: Frame, node: Function | ast.ClassDef, owner: Definition | None) -> None:
        run = self._interpreter
        if owner is None:
            if isinstance(node, ast.ClassDef):
                return
            name = self._imports.qualname(frame.module, ast.Name(node.name)) or node.name
            value = run.decorated(frame, node, Definition(frame.module, node, name), None)
            run.call(frame, node, value, self._arguments(frame, node, None))
            return
        this = Value(what=Instance(owner))
        for name in _BEFORE:
            method = self._asked.method(owner, name)
            if method is not None and isinstance(method.node, Function):
                run.call(frame, node, run.method(method, owner, this), self._arguments(frame, method.node, this))
        if isinstance(node, ast.ClassDef):
            run.frameworks.generic(frame, node, this, owner)
            return
        value = run.decorated(frame, node, Definition(frame.module, node, node.name), owner)
        run.call(frame, node, run.bound(value, this), self._arguments(frame, node, this))

    def _arguments(self, frame: Frame, node: Function, this: Value | None) -> Arguments:
        """The request, and what stands in the path or in the body."""
        names = [*node.args.posonlyargs, *node.args.args][0 if this is None else 1 :]
        placed = []
        for number, each in enumerate(names):
            schema = self._schema(frame.module, each)
            if schema:
                placed.append(made(Kind.REQUEST, "", frame.place(each), "body", Request("body")))
            elif number == 0:
                placed.append(Value(what=Request()))
            else:
                placed.append(made(Kind.REQUEST, each.arg, frame.place(each), "path"))
        named = tuple((e.arg, made(Kind.REQUEST, e.arg, frame.place(e), "path")) for e in node.args.kwonlyargs)
        rest = node.args.kwarg
        path = made(Kind.REQUEST, "", frame.place(rest), "path", Request("path")) if rest is not None else None
        return Arguments(tuple(placed), named, path)

    def _schema(self, module: Module, argument: ast.arg) -> bool:
        """A parameter whose class says what the body of the request has to hold."""
        name = self._imports.qualname(module, argument.annotation) if argument.annotation is not None else None
        found = self._imports.definition(name, module.path) if name else None
        if found is None or not isinstance(found.node, ast.ClassDef):
            return False
        above = (each for each in self._classes.ancestry(found) if isinstance(each, str))
        return any(
            each.rpartition(".")[2] in {"Schema", "ModelSchema", "BaseModel", "InputObjectType"} for each in above
        )

    def _class_around(self, module: Module, function: ast.AST) -> Definition | None:
        above = module.parents.get(function)
        return self._classes.define(module, above) if isinstance(above, ast.ClassDef) else None
