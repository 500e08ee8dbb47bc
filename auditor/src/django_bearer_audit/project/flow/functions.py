"""The functions of a project: what is stored in them, who calls them, what they return."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.python import PythonIndex
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import children, walk

_MAX_CALLERS = 24


class Functions:
    """Follows calls between the functions of one tree, where the name leaves no doubt."""

    def __init__(self, python: PythonIndex, imports: Imports) -> None:
        self._python, self._imports = python, imports
        self._stores: dict[ast.AST, dict[str, list[ast.expr]]] = {}
        self._defined: Held[str, bool] = {}

    def called(self, module: Module, call: ast.Call) -> Definition | None:
        """The project function behind a call: by its full name, or a method of the class around it."""
        match call.func:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return self._method(module, call, name)
            case _:
                name = self._imports.qualname(module, call.func) or ""
                found = self._imports.definition(name, module.path)
                return found if found and isinstance(found.node, Function) else self._static(module, name)

    def uses(self, module: Module, function: Function) -> Iterator[tuple[Module, ast.expr]]:
        """Every place that calls a function or hands it on: the call, or the bare name."""
        found = 0
        for other in self._python.with_words(function.name):
            nodes: list[ast.Name | ast.Attribute] = [*other.nodes(ast.Name), *other.nodes(ast.Attribute)]
            for node in nodes:
                if self._means(other, node, module, function):
                    above = other.parents.get(node)
                    is_call = isinstance(above, ast.Call) and above.func is node
                    yield other, above if is_call and isinstance(above, ast.Call) else node
                    found += 1
                    if found >= _MAX_CALLERS:
                        return

    def resolve(self, module: Module, node: ast.expr) -> tuple[str, Definition | None]:
        """The full dotted name of an expression, and the class or function of the project behind it."""
        name = self._imports.qualname(module, node) or ""
        return name, self._imports.definition(name, module.path)

    def given(self, module: Module, function: Function, name: str) -> Iterator[tuple[Module, ast.expr]]:
        """What callers hand over for a parameter; a method counts when no other of the tree has its name."""
        names = [each.arg for each in function.args.args]
        bound = names[:1] in (["self"], ["cls"])
        if name not in names:
            return
        place = names.index(name) - bound
        for other, call in self._calls_of(module, function, bound):
            given = [keyword.value for keyword in call.keywords if keyword.arg == name]
            if given or place < len(call.args):
                yield other, given[0] if given else call.args[place]

    def _calls_of(self, module: Module, function: Function, bound: bool) -> Iterator[tuple[Module, ast.Call]]:
        seen: set[ast.AST] = set()
        for other, use in self.uses(module, function):
            if isinstance(use, ast.Call):
                seen.add(use)
                yield other, use
        for other in self._python.with_words(f".{function.name}(") if bound and self._alone(function.name) else ():
            for call in other.nodes(ast.Call):
                if isinstance(call.func, ast.Attribute) and call.func.attr == function.name and call not in seen:
                    yield other, call

    def _alone(self, name: str) -> bool:
        """Whether one function of the tree has the name, and the name says enough to be nobody else's."""
        return self._python.ledger.memo(self._defined, name, lambda: self._stands_alone(name))

    def _stands_alone(self, name: str) -> bool:
        found = (
            True
            for module in self._python.with_words(f"def {name}(")
            for node in walk(module.tree)
            if isinstance(node, Function) and node.name == name
        )
        return "_" in name.strip("_") and len(list(islice(found, 2))) == 1

    def stored(self, module: Module, scope: ast.AST, name: str) -> list[ast.expr]:
        """Every expression assigned to a local name, and what is fed into it (`digest.update(x)`)."""
        if scope not in self._stores:
            self._stores[scope] = _stored(scope)
        return self._stores[scope].get(name, [])

    def _method(self, module: Module, call: ast.Call, name: str) -> Definition | None:
        for scope in module.enclosing(call):
            if isinstance(scope, ast.ClassDef):
                for statement in scope.body:
                    if isinstance(statement, Function) and statement.name == name:
                        return Definition(module, statement, f"{scope.name}.{name}")
        return None

    def _static(self, module: Module, qualname: str) -> Definition | None:
        """`Token.generate_key` where `Token` is a class of the project."""
        owner, _, name = qualname.rpartition(".")
        found = self._imports.definition(owner, module.path) if owner else None
        if found is None or not isinstance(found.node, ast.ClassDef):
            return None
        for statement in found.node.body:
            if isinstance(statement, Function) and statement.name == name:
                return Definition(found.module, statement, qualname)
        return None

    def _means(self, other: Module, node: ast.Name | ast.Attribute, module: Module, function: Function) -> bool:
        last = node.id if isinstance(node, ast.Name) else node.attr
        if last != function.name or not isinstance(node.ctx, ast.Load):
            return False
        owner = module.parents.get(function)
        if isinstance(owner, ast.ClassDef):
            return isinstance(node, ast.Attribute) and (
                (other is module and isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
                or (self._imports.qualname(other, node.value) or "").rpartition(".")[2] == owner.name
            )
        found = self._imports.definition(self._imports.qualname(other, node) or "", other.path)
        return found is not None and found.node is function


def returned(function: Function) -> Iterator[ast.expr]:
    """What a function returns, its inner functions left out."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += children(node)


def _stored(scope: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in walk(scope):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    # `user, created = get_or_create(…)`: each name stands for the call
                    names = target.elts if isinstance(target, ast.Tuple) else [target]
                    for name in names:
                        if isinstance(name, ast.Name):
                            found.setdefault(name.id, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=held), value=value) if value is not None:
                found.setdefault(held, []).append(value)
            case ast.AugAssign(target=ast.Name(id=held), value=value):
                found.setdefault(held, []).append(value)
            case ast.NamedExpr(target=ast.Name(id=held), value=value):
                found.setdefault(held, []).append(value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=held), attr="update" | "append"), args=[fed]):
                found.setdefault(held, []).append(fed)
            case _:
                pass
    return found
