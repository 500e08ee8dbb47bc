"""Runs functions abstractly: each once for any arguments, closures and decorators for those they are given."""

from __future__ import annotations

import ast
from collections.abc import Callable

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects.acts import EMPTY, Returned, Summary
from django_bearer_audit.project.effects.arguments import Arguments
from django_bearer_audit.project.effects.calls import Calls
from django_bearer_audit.project.effects.expressions import Expressions
from django_bearer_audit.project.effects.frame import Frame
from django_bearer_audit.project.effects.frameworks import Frameworks
from django_bearer_audit.project.effects.inherited import Asked, Inherited, Kept, Results
from django_bearer_audit.project.effects.objects import Objects
from django_bearer_audit.project.effects.renaming import summary_of
from django_bearer_audit.project.effects.statements import Statements
from django_bearer_audit.project.effects.substitution import Substitution
from django_bearer_audit.project.effects.value import (
    NOTHING,
    Class,
    Instance,
    Kind,
    Literal,
    Parameter,
    Reference,
    Request,
    Routine,
    Source,
    Value,
    Verdict,
    any_of,
    become,
)
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.ledger import Held, Reads
from django_bearer_audit.project.source import Module

Function = ast.FunctionDef | ast.AsyncFunctionDef
Key = tuple[ast.AST, ast.AST | None]

_INNER = 4
"""Closures within one another that are followed."""
_LONGEST = 800
"""Lines of a function; a longer one is not read."""


class Interpreter:
    """Answers what a function does. What is found out once is passed on by the ledger."""

    def __init__(self, imports: Imports, classes: Inherited) -> None:
        self._imports, self._classes = imports, classes
        self._ledger = imports.ledger
        self._summaries: Results[Summary] = {}
        self._running: dict[Key, tuple[Asked, Reads]] = {}
        self._hit: set[Key] = set()
        self._globals: Held[tuple[str, str], Value] = {}
        self._asked: set[tuple[str, str]] = set()
        self._cut = 0
        """How often a name was asked for while it was being found out: what rests on that is not kept."""
        self._scopes: list[Frame] = []
        self.objects = Objects(imports, classes, self._of_class_body)
        self.frameworks = Frameworks(imports, classes, self.objects, self.apply)
        self._calls = Calls(classes, self.objects, self.frameworks, self.apply)
        self.expressions = Expressions(
            self._calls, self.objects, self.frameworks, self._global, self._above, self._close
        )
        self._statements = Statements(self.expressions, self._close)

    def forget(self) -> None:
        """Free what was found out, which is found out again when somebody asks."""
        for held in (self._summaries, self._globals, self._scopes):
            held.clear()

    def summary(self, definition: Definition, owner: Definition | None = None) -> Summary:
        """What a function does for any arguments; `owner` is the class that the object of a method has."""
        key = (definition.node, owner.node if owner else None)
        if key in self._running:
            self._hit.add(key)
            self._classes.rest_on(*self._running[key])
            return EMPTY
        known = self._summaries.get(key) or self._classes.known(definition.node, owner, summary_of)
        if known is not None:
            self._summaries[key] = known
            self._classes.rest_on(known.asked, known.reads)
            return known.found
        outer_hit, self._hit = self._hit, set()
        outer = self._classes.begin(owner)
        self._ledger.file(definition.module.path)
        self._running[key] = self._classes.running()
        try:
            found = self._summarised(definition, owner)
        except RecursionError:
            found = EMPTY._replace(whole=False)
            self._hit.add((definition.node, definition.node))
        finally:
            del self._running[key]
            asked, reads = self._classes.end(outer)
        self._hit.discard(key)
        if not self._hit:  # what rests on a circle that is not closed yet is found out again
            kept = self._summaries[key] = Kept(found, asked, reads)
            self._classes.keep(definition.node, kept)
        self._hit |= outer_hit
        return found

    def _summarised(self, definition: Definition, owner: Definition | None) -> Summary:
        node = definition.node
        if isinstance(node, ast.ClassDef) or (node.end_lineno or node.lineno) - node.lineno > _LONGEST:
            return EMPTY._replace(whole=False)
        frame = Frame(definition.module, node, owner)
        frame.names = self._parameters(frame, definition, owner)
        return self._ran(frame, node.body)

    def _ran(self, frame: Frame, body: list[ast.stmt]) -> Summary:
        self._statements.block(frame, body)
        shared = frame.shared
        return Summary(
            tuple(shared.effects), tuple(shared.returned), tuple(shared.stores.items()), whole=shared.whole
        )

    def _parameters(self, frame: Frame, definition: Definition, owner: Definition | None) -> dict[str, Value]:
        """Each stands for whatever a call gives for it; `self` is an object of the class."""
        node = definition.node
        assert isinstance(node, Function)  # noqa: S101
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
        names = {}
        for number, each in enumerate(every):
            if number == 0 and owner is not None and _is_method(node):
                names[each.arg] = self._this(node, owner)
            else:
                names[each.arg] = self._parameter(frame, each)
        return names

    def _this(self, node: Function, owner: Definition) -> Value:
        written = {getattr(each, "id", "") for each in node.decorator_list}
        if "classmethod" in written:
            return Value(what=Class(owner))
        if self.objects.is_table(owner):
            return Value(what=self.objects.rows_of(owner, one=True))
        first = (*node.args.posonlyargs, *node.args.args)[:1]
        return Value(what=Instance(owner, of=first[0].arg if first else ""))

    def _parameter(self, frame: Frame, argument: ast.arg) -> Value:
        annotation = argument.annotation
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.Name(annotation.value)
        name = self._imports.qualname(frame.module, annotation) if annotation is not None else None
        last = (name or "").rpartition(".")[2]
        if last in {"HttpRequest", "Request", "ASGIRequest", "WSGIRequest"} or argument.arg == "request":
            return Value(what=Request())
        found = self._imports.definition(name, frame.module.path) if name else None
        sources = frozenset({Source(Kind.PARAMETER, argument.arg, frame.place(argument))})
        if found is not None and isinstance(found.node, ast.ClassDef):
            if self.objects.is_table(found):
                return Value(sources, what=self.objects.rows_of(found, one=True))
            if self.frameworks.is_input(found):
                return Value(sources, what=Instance(found))
        return Value(sources, what=Parameter(argument.arg))

    # -- calls of the project's functions ------------------------------------------------------------

    def apply(self, frame: Frame, node: ast.AST, routine: Routine, given: Arguments) -> Value:
        """A function of the tree is called."""
        function = routine.definition.node
        if isinstance(function, ast.ClassDef):
            return NOTHING
        this = routine.this if routine.this is not None and _is_method(function) else None
        bound = given.bound(function.args, this)
        if routine.scope or any(isinstance(value.what, Routine) for value in bound.values()):
            return self._inline(frame, node, routine, bound)
        summary = self.summary(routine.definition, routine.owner)
        where = frame.place(node)
        for name, default in _defaults(function.args):
            if name not in bound:
                bound[name] = self.expressions.evaluate(Frame(routine.definition.module, function), default)
        given_for = Substitution(self.objects, bound, where)
        for effect in summary.effects:
            if not frame.add(given_for.effect(effect, frame.given)):
                break
        if not summary.whole:
            frame.shared.whole = False
        if function.name == "__init__" and routine.owner is not None:
            fields = frozenset((name, given_for.value(value)) for name, value in summary.stores)
            return Value(what=Instance(routine.owner, fields))
        returned = [each._replace(value=given_for.value(each.value)) for each in summary.returned]
        return self._result(returned)

    def _result(self, returned: list[Returned]) -> Value:
        """One value for all `return`s: what is None, False or "" only says that the others may not be."""
        telling = [each.value for each in returned if not _says_nothing(each.value)]
        found = any_of(telling or [each.value for each in returned])
        if isinstance(found.what, Literal) or found.what is None:
            verdict = _verdict(returned)
            if verdict is not None:
                return become(found, verdict)
        return found

    def _inline(self, frame: Frame, node: ast.AST, routine: Routine, bound: dict[str, Value]) -> Value:
        function = routine.definition.node
        assert isinstance(function, Function)  # noqa: S101
        if frame.inner >= _INNER:
            frame.shared.whole = False
            return NOTHING
        outer = self._scopes[routine.scope - 1] if routine.scope else None
        inner = Frame(routine.definition.module, function, routine.owner, {}, outer, inner=frame.inner + 1)
        inner.names = {**self._parameters(inner, routine.definition, routine.owner), **bound}
        self._ledger.file(routine.definition.module.path)
        summary = self._ran(inner, function.body)
        where = frame.place(node)
        for effect in summary.effects:
            through = (where, *effect.through)[:6]
            if not frame.add(effect._replace(through=through, given=effect.given | frame.given)):
                break
        return self._result(list(summary.returned))

    def call(self, frame: Frame, node: ast.AST, value: Value, given: Arguments) -> Value:
        """A value that may be a function of the tree is called."""
        return self.apply(frame, node, value.what, given) if isinstance(value.what, Routine) else NOTHING

    def table_of(self, frame: Frame, view: Definition) -> Value:
        """The rows that a generic view is about."""
        this = Instance(view)
        return self._calls.table_of(Value(what=this), this, False, frame.place(view.node))

    def method(self, definition: Definition, owner: Definition, this: Value) -> Value:
        return Value(what=Routine(definition, owner, this))

    def bound(self, value: Value, this: Value) -> Value:
        """A function of a class, bound to an object; a wrapper takes the object as its first argument."""
        return Value(what=value.what._replace(this=this)) if isinstance(value.what, Routine) else value

    def decorated(self, frame: Frame, node: ast.AST, definition: Definition, owner: Definition | None) -> Value:
        """The function as its decorators leave it."""
        value = Value(what=Routine(definition, owner))
        if isinstance(definition.node, ast.ClassDef):
            return value
        for decorator in reversed(definition.node.decorator_list):
            top = Frame(definition.module, definition.module.tree, inner=frame.inner, shared=frame.shared)
            wrapper = self.expressions.evaluate(top, decorator)
            if isinstance(wrapper.what, Routine):
                wrapped = self.apply(frame, node, wrapper.what, Arguments((value,)))
                if isinstance(wrapped.what, Routine):
                    value = wrapped
        return value

    # -- names ------------------------------------------------------------

    def _close(self, frame: Frame, node: ast.Lambda | Function) -> Value:
        """A function inside a function, with the names around it."""
        if isinstance(node, ast.Lambda):
            made_ = ast.FunctionDef("lambda", node.args, [ast.Return(node.body)], [], None)
            ast.copy_location(made_, node)
            ast.copy_location(made_.body[0], node)
            function: Function = made_
        else:
            function = node
        self._scopes.append(frame)
        return Value(
            what=Routine(Definition(frame.module, function, function.name), frame.owner, None, len(self._scopes))
        )

    def _global(self, module: Module, name: str) -> Value:
        """What a name at the top of a module holds."""
        key = (module.path, name)
        found = self._once(key, module, lambda: self._found_global(module, name))
        if isinstance(found.what, Class):
            self._classes.itself(found.what.definition)
        return found

    def _once(self, key: tuple[str, str], module: Module, find: Callable[[], Value]) -> Value:
        """Found out once; what was cut off in a circle is found out again."""
        if key in self._asked:
            self._cut += 1
            return NOTHING
        known = self._globals.get(key)
        if known is not None:
            self._ledger.rest_on(known[1])
            return known[0]
        self._asked.add(key)
        before = self._cut
        outer = self._classes.begin(None)
        try:
            self._ledger.file(module.path)
            found = find()
        finally:
            _, reads = self._classes.end(outer)
            self._asked.discard(key)
        if self._cut == before or not self._asked:
            self._globals[key] = (found, reads)
        return found

    def _found_global(self, module: Module, name: str) -> Value:
        statement = self._imports.definitions(module).get(name)
        place = Place(module.path)
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                dotted = self._imports.qualname(module, ast.Name(name)) or name
                definition = Definition(module, statement, dotted)
                return Value(what=Class(definition) if isinstance(statement, ast.ClassDef) else Routine(definition))
            case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is not None:
                return self._constant(module, value)
            case _:
                pass
        meant = self._imports.qualname(module, ast.Name(name))
        if meant is None or meant == name:
            return Value(what=Reference(name))
        found = self.objects.named(meant, module.path, place)
        if isinstance(found.what, Reference):
            other = self._imports.module_of(meant, module.path)
            if other is not None and other is not module:
                last = meant.rpartition(".")[2]
                there = self._global(other, last)
                if there.what != Reference(last):  # the package does not bind it: it is a module of its own
                    return there
        return found

    def _constant(self, module: Module, value: ast.expr) -> Value:
        frame = Frame(module, module.tree)
        return self.expressions.evaluate(frame, value)

    def _of_class_body(self, module: Module, node: ast.expr, owner: Definition | None) -> Value:
        key = (module.path, f"{node.lineno}:{node.col_offset}")
        scope = owner.node if owner else module.tree
        return self._once(key, module, lambda: self.expressions.evaluate(Frame(module, scope), node))

    def _above(self, frame: Frame, name: str) -> Routine | None:
        """The method that `super().name` means."""
        around = next((s for s in frame.module.enclosing(frame.function) if isinstance(s, ast.ClassDef)), None)
        if around is None:
            return None
        own = self._classes.define(frame.module, around)
        owner = frame.owner or own
        above = self._classes.after(owner, around, name)
        if above is None or isinstance(above.node, ast.ClassDef):
            return None
        return Routine(above, owner, self._this(above.node, owner))


def _is_method(node: Function) -> bool:
    return not any(getattr(each, "id", "") == "staticmethod" for each in node.decorator_list)


def _defaults(arguments: ast.arguments) -> list[tuple[str, ast.expr]]:
    placed = [*arguments.posonlyargs, *arguments.args]
    found = list(zip([each.arg for each in placed[-len(arguments.defaults) :]], arguments.defaults, strict=False))
    found = found if arguments.defaults else []
    found += [
        (each.arg, default)
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]
    return found


def _says_nothing(value: Value) -> bool:
    return value == NOTHING or (isinstance(value.what, Literal) and not value.what.value)


def _verdict(returned: list[Returned]) -> Verdict | None:
    """The check that decides whether a function says True."""
    for each in returned:
        if isinstance(each.value.what, Literal) and each.value.what.value is True:
            for check, outcome in sorted(each.given):
                return Verdict(check, outcome)
    return None
