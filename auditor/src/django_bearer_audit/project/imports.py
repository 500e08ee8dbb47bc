"""What the names of a module mean: the full dotted name behind an import, a class or an alias."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.python import PACKAGES, PythonIndex
from django_bearer_audit.project.source import Module

_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or function of the project, found by name."""

    module: Module
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    name: str


class Imports:
    """Resolves names across the files of one project."""

    def __init__(self, python: PythonIndex) -> None:
        self._python = python
        self.ledger = python.ledger
        self._bindings: dict[str, dict[str, str]] = {}
        self._definitions: dict[str, dict[str, ast.stmt]] = {}
        self._inner: dict[str, dict[str, dict[ast.AST, str]]] = {}
        self._stars: dict[str, list[ast.ImportFrom]] = {}
        self._found: Held[tuple[str, str], Definition | None] = {}
        self._passed: Held[tuple[str, str], str | None] = {}

    def bindings(self, module: Module) -> dict[str, str]:
        """Local name → full dotted name, for everything the module imports, at any depth."""
        if module.path not in self._bindings:
            top = {node for node in outside(module.tree.body) if isinstance(node, ast.Import | ast.ImportFrom)}
            found = [node for node in module.statements if isinstance(node, ast.Import | ast.ImportFrom)]
            found.sort(key=lambda each: isinstance(each, ast.ImportFrom))
            table = {name: full for node in found if node not in top for name, full in self._bound_by(module, node)}
            of_module: dict[str, str] = {}
            for name, full in (bound for node in found if node in top for bound in self._bound_by(module, node)):
                of_module[name] = _telling(of_module.get(name), full)
            self._bindings[module.path] = table | of_module
            self._inner[module.path] = self._contested(module, [node for node in found if node not in top])
        return self._bindings[module.path]

    def _contested(self, module: Module, inner: list[ast.Import | ast.ImportFrom]) -> dict[str, dict[ast.AST, str]]:
        """Names that functions import as something else than the module does, by the function."""
        known, found = self._bindings[module.path], dict[str, dict[ast.AST, str]]()
        pairs = [(node, *bound) for node in inner for bound in self._bound_by(module, node)]
        contested = {name for _, name, full in pairs if known[name] != full}
        for node, name, full in pairs:
            scope = next(module.enclosing(node), None) if name in contested else None
            if scope is not None:
                found.setdefault(name, {})[scope] = full
        return found

    def _bound_to(self, module: Module, node: ast.Name) -> str | None:
        """What a name was imported as, where it is used."""
        known = self.bindings(module).get(node.id)
        scopes = self._inner[module.path].get(node.id)
        if not scopes:
            return known
        return next((scopes[scope] for scope in module.enclosing(node) if scope in scopes), known)

    def qualname(self, module: Module, node: ast.AST) -> str | None:
        """`APIView` → `rest_framework.views.APIView`; a name of this module gets this module's dotted name.

        None when the expression is not a plain chain of names.
        """
        chain: list[str] = []
        while isinstance(node, ast.Attribute):
            chain.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        head = self._bound_to(module, node)
        if head is None:
            local = node.id in self.definitions(module)
            head = f"{self._python.dotted(module.path)}.{node.id}" if local else node.id
            if not local:
                head = self._through_stars(module, node.id) or head
        else:
            head = self._original(head, module) or head
        return ".".join([head, *reversed(chain)])

    def _original(self, dotted: str, module: Module) -> str | None:
        if "." not in dotted or dotted.split(".", 1)[0] in PACKAGES:
            return None
        return self.ledger.memo(self._passed, (dotted, module.path), lambda: self._passed_on(dotted, module))

    def _passed_on(self, dotted: str, module: Module) -> str | None:
        """What a name that is imported from a module of the tree is called where that module has it from.

        `from .settings import settings`, where `settings.py` says `from django.conf import settings`.
        """
        owner, _, name = dotted.rpartition(".")
        for _ in range(_DEPTH):
            path = self._python.find(owner, module.path) if owner and owner.split(".", 1)[0] not in PACKAGES else None
            source = self._python.module(path) if path and path != module.path else None
            further = self.bindings(source).get(name) if source is not None else None
            if source is None or further is None or further == dotted:
                return None
            known = further.split(".", 1)[0] in PACKAGES
            held = self.definitions(source).get(name)
            if held is not None and not (known and isinstance(held, ast.Assign)):  # `except ImportError: x = None`
                return None
            if known:
                return further
            if self._python.find(f"{owner}.{name}", module.path):
                return None
            dotted, module = further, source
            owner, _, name = dotted.rpartition(".")
        return None

    def source_of(self, module: Module, node: ast.ImportFrom) -> str | None:
        """The project file a `from … import` reads, if it is one of ours."""
        if node.level:
            return self._python.relative(module.path, node.level, node.module or "")
        return self._python.find(node.module or "", module.path)

    def definition(self, qualname: str, importer: str = "", depth: int = 0) -> Definition | None:
        """The class or function behind a full dotted name, followed through re-exports."""
        if depth:
            return self._follow(qualname, importer, depth)
        return self.ledger.memo(self._found, (qualname, importer), lambda: self._follow(qualname, importer, depth))

    def _follow(self, qualname: str, importer: str, depth: int) -> Definition | None:
        owner, _, name = qualname.rpartition(".")
        if not owner or depth > _DEPTH:
            return None
        path = self._python.find(owner, importer)
        module = self._python.module(path) if path else None
        if module is None:
            return None
        found = self.definitions(module).get(name)
        if isinstance(found, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            return Definition(module, found, qualname)
        further = self.bindings(module).get(name) or self._through_stars(module, name)
        return self.definition(further, module.path, depth + 1) if further and further != qualname else None

    def module_of(self, qualname: str, importer: str = "") -> Module | None:
        """The module of the tree that a full dotted name is looked up in."""
        owner, _, _ = qualname.rpartition(".")
        path = self._python.find(owner, importer) if owner else None
        return self._python.module(path) if path else None

    def definitions(self, module: Module) -> dict[str, ast.stmt]:
        """What the module itself defines outside of functions and classes, also inside `if`, `try` and `with`."""
        if module.path not in self._definitions:
            self._definitions[module.path] = dict(_defined(module.tree.body))
        return self._definitions[module.path]

    def _bound_by(self, module: Module, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
            return
        origin = self._origin(module, node)
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name, f"{origin}.{alias.name}" if origin else alias.name

    def _origin(self, module: Module, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        path = self.source_of(module, node)
        if path:
            return self._python.dotted(path)
        package = self._python.dotted(module.path).split(".")
        package = package if module.path.endswith("__init__.py") else package[:-1]
        kept = package[: len(package) - node.level + 1]
        return ".".join([*kept, *([node.module] if node.module else [])])

    def _through_stars(self, module: Module, name: str, depth: int = 0) -> str | None:
        for node in self._star_imports(module) if depth <= _DEPTH else ():
            path = self.source_of(module, node)
            source = self._python.module(path) if path else None
            if source is None:
                continue
            if name in self.definitions(source):
                return f"{self._python.dotted(source.path)}.{name}"
            found = self.bindings(source).get(name) or self._through_stars(source, name, depth + 1)
            if found:
                return found
            # A package has its submodules as names once anything imported them.
            submodule = self._python.relative(source.path, 1, name)
            if submodule and source.path.endswith("__init__.py"):
                return self._python.dotted(submodule)
        return None

    def _star_imports(self, module: Module) -> list[ast.ImportFrom]:
        if module.path not in self._stars:
            found = (node for node in module.statements if isinstance(node, ast.ImportFrom))
            self._stars[module.path] = [node for node in found if node.names[0].name == "*"]
        return self._stars[module.path]


def outside(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement outside of functions and classes, also inside `if`, `with`, `match` and the like."""
    waiting = body[::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            parts = [*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]
            inner = [*getattr(statement, "body", ()), *getattr(statement, "orelse", ())]
            inner += [each for part in parts for each in part.body]
            waiting += reversed([*inner, *getattr(statement, "finalbody", ())])


def _telling(one: str | None, other: str) -> str:
    """Of two imports of one name the later, unless the other is of a package that rules know."""
    known = one is not None and one.split(".", 1)[0] in PACKAGES and other.split(".", 1)[0] not in PACKAGES
    return one if known and one else other


def _defined(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for statement in outside(body):
        match statement:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield statement.name, statement
            case ast.Assign(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name):
                        yield target.id, statement
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, statement
            case _:
                pass
