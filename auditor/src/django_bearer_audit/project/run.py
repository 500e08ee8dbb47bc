"""An abstract run of a module's top-level statements: what its names hold afterwards."""

from __future__ import annotations

import ast
import fnmatch
import operator
from collections.abc import Callable
from dataclasses import dataclass, field

from django_bearer_audit.finding import Place
from django_bearer_audit.project import bound_names
from django_bearer_audit.project.environment import READER_CLASSES
from django_bearer_audit.project.evaluate import Evaluator, Global
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.operations import add, constant, lift, truth
from django_bearer_audit.project.python import PACKAGES, PythonIndex
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Absent, Items, Known, Scalar, Table, Unknown, Value, join
from django_bearer_audit.project.walking import walk

# Set the database, the log and the static files from the environment: nothing that a rule asks about.
_HARMLESS_OVERLAYS = frozenset({"django_heroku.settings", "django_on_heroku.settings"})


@dataclass(slots=True)
class Namespace:
    """Names and values of one module, and what it could not follow."""

    path: str
    values: dict[str, Value] = field(default_factory=dict)
    layers: list[str] = field(default_factory=list)
    """The files whose names were taken in whole: star imports and includes, in order."""
    overlays: list[Place] = field(default_factory=list)
    """Statements that may set any name to something not seen here, such as a file that is not in the tree."""
    optional: list[Place] = field(default_factory=list)
    """The same, but within `try`: without the unseen file the project runs on what is seen here."""


_MOST_ROUNDS = 50
"""Rounds of a loop that are run one by one."""

_INCLUDE = "split_settings.tools.include"

SpaceOf = Callable[[Module], Namespace]


class Run:
    """One abstract run; both sides of a test that cannot be decided are run and joined."""

    def __init__(
        self, module: Module, space_of: SpaceOf, of_dotted: Global, python: PythonIndex, imports: Imports
    ) -> None:
        self.space = Namespace(module.path)
        self._module = module
        self._space_of = space_of
        self._python = python
        self._imports = imports
        self._evaluator = Evaluator(module, imports, self._lookup, of_dotted)
        self._in_test = False
        self._within_try = False

    def _lookup(self, name: str) -> Value | None:
        if self._in_test and name == "DEBUG":  # the question is what production does
            return Known(False, Place(self._module.path))
        return self.space.values.get(name)

    def block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if ":=" in self._module.text:
            self._walrus(node)
        match node:
            case ast.Assign(targets=targets, value=value):
                held = self._evaluator.value(value)
                for target in targets:
                    self._assign(target, held, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self._evaluator.value(value), value)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                before = self.space.values.get(name) or Unknown(self._module.place(node))
                self._set(name, add(before, self._evaluator.value(value), self._module.place(node)))
            case ast.AugAssign(target=ast.Subscript(value=owner, slice=key) as target, value=value):
                more = self._evaluator.value(value)
                self._assign_entry(owner, key, add(self._evaluator.value(target), more, self._module.place(node)))
            case ast.If():
                self._branch(node)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    where = self._module.place(item.context_expr)
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, Unknown(where), item.context_expr)
                self.block(body)
            case ast.For() | ast.AsyncFor():
                self._loop(node)
            case ast.While(test=test):
                once = truth(self._evaluator.value(test))
                self.block(node.body) if once else self._maybe(node.body, node)
                self._maybe(node.orelse, node)
            case ast.Match():
                self._match(node)
            case ast.Import(names=aliases):
                for alias in aliases:
                    self._hide(alias.asname or alias.name.split(".")[0], node)
            case ast.ImportFrom():
                self._import(node)
            case ast.Expr(value=ast.Call() as call):
                self._effect(call)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self._hide(name, node)
                self._bind_globals(node)
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.space.values.pop(target.id, None)
            case _:
                pass

    # -- assignment ------------------------------------------------------------

    def _set(self, name: str, value: Value) -> None:
        self.space.values[name] = value

    def _hide(self, name: str, node: ast.AST) -> None:
        """The name now holds a module, a function or a class: no setting in lower case, an odd one in capitals."""
        if name.isupper():
            self._set(name, Unknown(self._module.place(node)))
        else:
            self.space.values.pop(name, None)

    def _join(self, name: str, value: Value, node: ast.AST) -> None:
        """The name may hold the value from here on."""
        where = self._module.place(node)
        self._set(name, join(self.space.values.get(name, Absent(where)), value, where))

    def _walrus(self, node: ast.stmt) -> None:
        for bound, certain in bound_names.walrus(node):
            held = self._evaluator.value(bound.value)
            self._set(bound.target.id, held) if certain else self._join(bound.target.id, held, bound)

    def _bind_globals(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        """A function that says `global NAME` may have been called."""
        names = bound_names.globals_of(node)
        if not names:
            return
        for inner in walk(node):
            match inner:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        if isinstance(target, ast.Name) and target.id in names:
                            self._join(target.id, self._evaluator.value(value), inner)
                case ast.Name(id=name, ctx=ast.Store()) if name in names and name not in self.space.values:
                    self._set(name, Unknown(self._module.place(inner)))

    def _assign(self, target: ast.expr, held: Value, source: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self._set(name, held)
                if isinstance(source, ast.Call):
                    self._remember_scheme(name, source)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element, part in zip(elements, _parts(elements, held, self._module.place(source)), strict=True):
                    self._assign(element, part, source)
            case ast.Starred(value=inner):
                self._assign(inner, held, source)
            case ast.Attribute(value=owner, attr=name) if self._is_this_module(owner):
                self._set(name, held)
            case ast.Subscript(value=ast.Name(id="globals")):
                self.space.overlays.append(self._module.place(target))
            case ast.Subscript(value=owner, slice=key):
                self._assign_entry(owner, key, held)
            case _:
                pass

    def _remember_scheme(self, name: str, call: ast.Call) -> None:
        """`env = environ.Env(DEBUG=(bool, False))`: later reads through `env` have these defaults."""
        named = self._imports.qualname(self._module, call.func) or ""
        if named.endswith("Env") or named in READER_CLASSES:
            scheme: dict[Scalar, Value] = {k.arg: self._evaluator.value(k.value) for k in call.keywords if k.arg}
            self._set(f"{name}()", Table(scheme, self._module.place(call)))

    def _is_this_module(self, node: ast.expr) -> bool:
        return bound_names.is_this_module(self._module, self._imports, node)

    def _assign_entry(self, owner: ast.expr, key: ast.expr, held: Value) -> None:
        """`X["a"]["b"] = value`: build the changed dictionaries from the inside out."""
        if bound_names.is_scope(owner):
            bound = constant(self._evaluator.value(key))
            if isinstance(bound, str):
                self._set(bound, held)
            return
        table = self._evaluator.value(owner)
        name = constant(self._evaluator.value(key))
        if isinstance(table, Table):
            known = isinstance(name, str | int)
            entries = {**table.entries, name: held} if known else table.entries
            self._store(owner, Table(entries, table.where, table.complete and known))

    def _store(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name(id=name):
                self._set(name, value)
            case ast.Subscript(value=owner, slice=key):
                self._assign_entry(owner, key, value)
            case _:
                pass

    def _effect(self, call: ast.Call) -> None:
        """Method calls that change a container, and calls that change everything."""
        where = self._module.place(call)
        if any(bound_names.is_scope(a) for a in (*call.args, *(k.value for k in call.keywords))):
            self._include(call)
            return
        if self._imports.qualname(self._module, call.func) == _INCLUDE:  # takes the names of its caller by itself
            self._include(call)
            return
        if isinstance(call.func, ast.Name) and call.func.id == "setattr":
            self._set_attribute(call)
        if not isinstance(call.func, ast.Attribute):
            return
        if bound_names.is_scope(call.func.value):
            self._update_names(call)
            return
        owner, method = call.func.value, call.func.attr
        held = self._evaluator.value(owner)
        given = [self._evaluator.value(argument) for argument in call.args]
        match held, method, given:
            case Items(), "append", [item]:
                self._store(owner, Items((*held.items, item), held.where, held.complete))
            case Items(), "extend", [more]:
                self._store(owner, add(held, more, where))
            case Items(), "insert", [_, item]:
                self._store(owner, Items((item, *held.items), held.where, held.complete))
            case Items(), "remove", [Known(value=gone)]:
                kept = tuple(i for i in held.items if not (isinstance(i, Known) and i.value == gone))
                self._store(owner, Items(kept, held.where, held.complete))
            case Table(), "update", _:
                named = Table({k.arg: self._evaluator.value(k.value) for k in call.keywords if k.arg}, where)
                merged = add(held, given[0], where) if given else held
                self._store(owner, add(merged, named, where))
            case _:
                pass

    def _set_attribute(self, call: ast.Call) -> None:
        match call.args:
            case [owner, key, value] if self._is_this_module(owner):
                name = constant(self._evaluator.value(key))
                if isinstance(name, str):
                    self._set(name, self._evaluator.value(value))
            case _:
                pass

    def _update_names(self, call: ast.Call) -> None:
        """`globals().update(DEBUG=True)`: the names that are seen are set, the others might be any."""
        given = [self._evaluator.value(argument) for argument in call.args]
        tables = [each for each in given if isinstance(each, Table)]
        for table in tables:
            for name, held in table.entries.items():
                self._set(str(name), held)
        for key in call.keywords:
            if key.arg:
                self._set(key.arg, self._evaluator.value(key.value))
        seen = len(tables) == len(given) and all(table.complete for table in tables)
        if not seen or any(key.arg is None for key in call.keywords):
            self.space.overlays.append(self._module.place(call))

    def _include(self, call: ast.Call) -> None:
        """A call that is handed `globals()` may set anything; one that names files of ours is followed."""
        files = [name for argument in call.args if (name := _file_of(argument))]
        folder = self._module.path.rpartition("/")[0]
        for name in files:
            wanted = f"{folder}/{name}".lstrip("/")
            for path in fnmatch.filter(self._python.paths, wanted) if "*" in wanted else [wanted]:
                module = self._python.module(path)
                if module is not None and module is not self._module:
                    self._take_all(module)
        called = self._imports.qualname(self._module, call.func)
        if not files and called not in _HARMLESS_OVERLAYS:
            self.space.overlays.append(self._module.place(call))

    # -- imports ------------------------------------------------------------

    def _import(self, node: ast.ImportFrom) -> None:
        path = self._imports.source_of(self._module, node)
        source = self._python.module(path) if path else None
        star = node.names[0].name == "*"
        if star:
            if source is not None:
                self._take_all(source)
            elif (node.module or "").split(".")[0] not in PACKAGES:
                (self.space.optional if self._within_try else self.space.overlays).append(self._module.place(node))
            return
        for alias in node.names:
            # Constants are taken now; what else is imported is looked up when an expression asks for it.
            bound = alias.asname or alias.name
            wanted = alias.name.isupper() or bound.isupper()
            value = self._space_of(source).values.get(alias.name) if source and wanted else None
            if value is not None:
                self._set(bound, value)
            elif alias.asname:
                self._hide(bound, node)
            else:
                self.space.values.pop(bound, None)

    def _take_all(self, source: Module) -> None:
        space = self._space_of(source)
        self.space.values.update({k: v for k, v in space.values.items() if not k.startswith("_")})
        self.space.layers += [*space.layers, source.path]
        self.space.overlays += space.overlays
        self.space.optional += space.optional

    # -- branches ------------------------------------------------------------

    def _branch(self, node: ast.If) -> None:
        self._in_test = True
        decided = truth(self._evaluator.value(node.test))
        self._in_test = False
        if decided is not None:
            self.block(node.body if decided else node.orelse)
            return
        before = dict(self.space.values)
        self.block(node.body)
        after_body = self.space.values
        self.space.values = dict(before)
        self.block(node.orelse)
        if _stops(node.body):
            return
        if not _stops(node.orelse):
            self._meet(after_body, node.test)
        else:
            self.space.values = after_body

    def _loop(self, node: ast.For | ast.AsyncFor) -> None:
        """Round by round where the items are known; else once, with the target unknown."""
        items = self._evaluator.value(node.iter)
        rounds = items.items if isinstance(items, Items) and items.complete else None
        if rounds is not None and len(rounds) <= _MOST_ROUNDS and not isinstance(node, ast.AsyncFor):
            for item in rounds:
                self._assign(node.target, item, node.iter)
                self.block(node.body)
        else:
            before = dict(self.space.values)
            self._assign(node.target, Unknown(self._module.place(node.iter)), node.iter)
            self.block(node.body)
            if not truth(items):
                self._meet(before, node)
        self._maybe(node.orelse, node)

    def _match(self, node: ast.Match) -> None:
        """The cases that may be the one, up to the first that is."""
        held = self._evaluator.value(node.subject)
        for case in node.cases:
            fits = self._fits(case.pattern, held)
            guarded = True if case.guard is None else truth(self._evaluator.value(case.guard))
            if fits is False or guarded is False:
                continue
            before = dict(self.space.values)
            for name in bound_names.captured(case.pattern):
                whole = isinstance(case.pattern, ast.MatchAs) and case.pattern.name == name
                self._set(name, held if whole else Unknown(self._module.place(node.subject)))
            self.block(case.body)
            if fits and guarded:
                return
            self._meet(before, node)

    def _fits(self, pattern: ast.pattern, held: Value) -> bool | None:
        match pattern:
            case ast.MatchAs(pattern=None):
                return True
            case ast.MatchAs(pattern=ast.pattern() as inner):
                return self._fits(inner, held)
            case ast.MatchValue(value=value):
                return truth(lift(operator.eq, (held, self._evaluator.value(value)), held.where))
            case ast.MatchOr(patterns=patterns):
                fits = [self._fits(each, held) for each in patterns]
                return True if True in fits else None if None in fits else False
            case _:
                return None

    def _maybe(self, body: list[ast.stmt], node: ast.stmt) -> None:
        before = dict(self.space.values)
        self.block(body)
        self._meet(before, node)

    def _meet(self, other: dict[str, Value], node: ast.AST) -> None:
        where = self._module.place(node)
        mine = self.space.values
        for name in [*mine, *(name for name in other if name not in mine)]:
            here, there = mine.get(name, Absent(where)), other.get(name, Absent(where))
            if here is not there:
                mine[name] = join(here, there, where)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        before, outer = dict(self.space.values), self._within_try
        self._within_try = bool(node.handlers) and not any(_stops(handler.body) for handler in node.handlers)
        self.block(node.body + node.orelse)
        self._within_try = outer
        for handler in node.handlers:
            if _stops(handler.body) or all(isinstance(s, ast.Pass) for s in handler.body):
                continue
            done, self.space.values = self.space.values, dict(before)
            self.block(handler.body)
            self._meet(done, handler)
        self.block(node.finalbody)


def _file_of(argument: ast.expr) -> str:
    """The file that an argument of an include names, an optional one too; empty for anything else."""
    if isinstance(argument, ast.Call) and len(argument.args) == 1:
        argument = argument.args[0]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""


def _parts(targets: list[ast.expr], held: Value, where: Place) -> list[Value]:
    """What each of several targets gets; a starred one gets the list of what the others leave."""
    starred = [number for number, target in enumerate(targets) if isinstance(target, ast.Starred)]
    unknown: list[Value] = [Unknown(where) for _ in targets]
    if not isinstance(held, Items) or not held.complete or len(starred) > 1:
        return unknown
    if not starred:
        return list(held.items) if len(held.items) == len(targets) else unknown
    before, after = starred[0], len(targets) - starred[0] - 1
    if len(held.items) < before + after:
        return unknown
    end = len(held.items) - after
    return [*held.items[:before], Items(held.items[before:end], held.where), *held.items[end:]]


def _stops(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Raise | ast.Return)
