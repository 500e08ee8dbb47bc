"""What the names of every module hold, each module run abstractly once, and expressions in their light."""

from __future__ import annotations

import ast
from collections.abc import Callable

from django_bearer_audit.finding import Place
from django_bearer_audit.project import settings_classes
from django_bearer_audit.project.evaluate import Evaluator
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.ledger import Held, Reads
from django_bearer_audit.project.locals import Function, assigned_once, is_parameter
from django_bearer_audit.project.python import PythonIndex
from django_bearer_audit.project.run import Namespace, Run
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Value

_DEPTH = 30
DjangoSetting = Callable[[str, Module], Value | None]


class Namespaces:
    """Runs modules abstractly, each once."""

    def __init__(self, python: PythonIndex, imports: Imports, django_setting: DjangoSetting) -> None:
        self._python = python
        self._imports = imports
        self._django_setting = django_setting
        self._ledger = python.ledger
        self._done: Held[str, Namespace] = {}
        self._running: dict[str, Reads] = {}
        self._locals: dict[Function, dict[str, ast.expr]] = {}

    def of(self, module: Module) -> Namespace:
        if module.path in self._running:  # a circle of imports: what it rests on is known when it is closed
            self._ledger.rest_on(self._running[module.path])
            return Namespace(module.path)
        if module.path not in self._done and len(self._running) > _DEPTH:
            return Namespace(module.path)
        return self._ledger.memo(self._done, module.path, lambda: self._run(module))

    def _run(self, module: Module) -> Namespace:
        run = Run(module, self.of, self.of_dotted, self._python, self._imports)
        self._running[module.path] = self._ledger.now
        try:
            run.block(module.tree.body)
            if not settings_classes.WHOLE & set(run.space.values):
                self._take_class(run.space, module)
        except RecursionError:
            run.space.overlays.append(Place(module.path))
            self._python.give_up(module.path, "nested too deeply to follow")
        finally:
            del self._running[module.path]
        return run.space

    def _take_class(self, space: Namespace, module: Module) -> None:
        """Settings in the body of a class, those of its bases first."""
        for above in settings_classes.chosen(self._imports, module):
            inner = Run(above.module, self.of, self.of_dotted, self._python, self._imports)
            inner.space.values = {
                **(self.of(above.module) if above.module is not module else space).values,
                **space.values,
            }
            inner.block(above.node.body)
            space.values |= {name: held for name, held in inner.space.values.items() if name.isupper()}
            if above.module is not module:
                space.layers.append(above.module.path)

    def of_dotted(self, qualname: str, importer: Module) -> Value | None:
        """The value behind a full dotted name: a setting, or a module-level name of the project."""
        owner, _, name = qualname.rpartition(".")
        if owner == "django.conf.settings":
            return self._django_setting(name, importer)
        path = self._python.find(owner, importer.path) if owner else None
        if path is None or path == importer.path:
            return None
        module = self._python.module(path)
        return None if module is None else self.of(module).values.get(name)

    def _local(self, function: Function) -> dict[str, ast.expr]:
        if function not in self._locals:
            self._locals[function] = assigned_once(function)
        return self._locals[function]

    def evaluate(self, module: Module, node: ast.expr) -> Value:
        """An expression anywhere in a module: local names assigned once, then the module's own."""
        function = module.function_around(node)
        local = {} if function is None else self._local(function)
        space = self.of(module)
        seen: set[str] = set()

        def lookup(name: str) -> Value | None:
            if name in local and name not in seen:
                seen.add(name)
                return evaluator.value(local[name])
            return None if function and is_parameter(function, name) else space.values.get(name)

        evaluator = Evaluator(module, self._imports, lookup, self.of_dotted)
        return evaluator.value(node)
