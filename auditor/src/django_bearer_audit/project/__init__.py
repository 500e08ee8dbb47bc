"""A folder of source code as facts that a rule can ask for; each is computed when first asked."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project import left_out
from django_bearer_audit.project.bound_names import not_followed
from django_bearer_audit.project.changed_settings import changes
from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.dependencies import Requirement, requirements
from django_bearer_audit.project.effects import Effects
from django_bearer_audit.project.files import Tree, discover
from django_bearer_audit.project.flow.destinations import Destination, Destinations
from django_bearer_audit.project.flow.functions import Functions
from django_bearer_audit.project.flow.origins import Origins, Part
from django_bearer_audit.project.front import Front
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.ledger import OTHER, Held, Ledger, Search
from django_bearer_audit.project.left_out_projects import projects
from django_bearer_audit.project.loaded import Loaded
from django_bearer_audit.project.models import Models
from django_bearer_audit.project.namespaces import Namespaces
from django_bearer_audit.project.python import PythonIndex
from django_bearer_audit.project.routes import Routes
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.sites import NAMED, Site, Sites
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Value


class Project:
    """The one argument of every rule."""

    def __init__(
        self,
        root: Path,
        settings_module: str | None = None,
        exclude: tuple[str, ...] = (),
        loaded: Loaded | None = None,
    ) -> None:
        self.root = root
        self._loaded = loaded
        self._exclude = exclude
        self.known_front: dict[str, dict[str, Any]] = {}
        """Facts of front-end files from an earlier run, by content."""
        self.unmarked: frozenset[str] = frozenset()
        """Files that are known to hold no suppression."""
        self._settings_module = settings_module
        self.ledger = Ledger()
        self._facts: Held[str, Any] = {}

    @property
    def tree(self) -> Tree:
        """The files, for whoever reads them in a way of their own."""
        self.ledger.search(OTHER)
        return self._tree

    @cached_property
    def _tree(self) -> Tree:
        return discover(self.root, self._exclude)

    @cached_property
    def python(self) -> PythonIndex:
        return PythonIndex(self._tree, self.ledger)

    @cached_property
    def front(self) -> Front:
        return Front(self._tree, self.ledger, self.known_front)

    @cached_property
    def imports(self) -> Imports:
        return Imports(self.python)

    @cached_property
    def classes(self) -> Classes:
        return Classes(self.imports)

    @cached_property
    def namespaces(self) -> Namespaces:
        return Namespaces(self.python, self.imports, self._django_setting)

    @cached_property
    def _settings_spaces(self) -> Namespaces:
        """Of settings modules, which must not ask for the settings that are being looked for."""
        return Namespaces(self.python, self.imports, lambda name, importer: None)

    @property
    def sites(self) -> tuple[Site, ...]:
        found: tuple[Site, ...] = self.ledger.memo(self._facts, "sites", self._find_sites)
        return found

    def _find_sites(self) -> tuple[Site, ...]:
        sites = Sites(self.tree, self.python, self._settings_spaces, self._chosen).all()
        if not self._loaded or not self._chosen or any(site.production == self._chosen for site in sites):
            return sites
        return Site("", self._chosen, "it is loaded", (), True), *(site for site in sites if site.root)

    @cached_property
    def _chosen(self) -> str | None:
        """The settings file that was named, or that is loaded: that one may lie outside the tree."""
        if self._loaded:
            return self.python.add(self._loaded.settings_file) if self._loaded.settings_file else None
        return self.python.find(self._settings_module) if self._settings_module else None

    @property
    def settings(self) -> tuple[Settings, ...]:
        """The effective production settings, one for each site of the tree."""
        found: tuple[Settings, ...] = self.ledger.memo(self._facts, "settings", self._find_settings)
        return found

    def _find_settings(self) -> tuple[Settings, ...]:
        return tuple(found for site in self.sites if (found := self._effective(site)))

    def _effective(self, site: Site) -> Settings | None:
        module = self.python.module(site.production)
        if module is None:
            return None
        space = self._settings_spaces.of(module)
        layers = (self.python.module(path) for path in reversed(space.layers))
        if self._loaded and self._chosen == site.production:
            site = replace(site, why="it is loaded", unseen="")
            space = self._loaded.over(space)
        return Settings(site, space, (module, *(layer for layer in layers if layer)))

    def settings_for(self, path: str) -> Settings | None:
        """The settings in force for a file: those of the nearest site around it, else of the first."""
        around = [each for each in self.settings if path.startswith(each.site.root)]
        return max(around, key=lambda each: len(each.site.root), default=next(iter(self.settings), None))

    @cached_property
    def functions(self) -> Functions:
        return Functions(self.python, self.imports)

    @cached_property
    def effects(self) -> Effects:
        """What functions and views do."""
        return Effects(self.imports, self.classes)

    @cached_property
    def models(self) -> Models:
        return Models(self.python, self.imports, self.classes)

    @property
    def managed(self) -> str:
        """The settings module that `manage.py` at the top names; empty when there is none."""
        data = self.python.data("manage.py") if "manage.py" in self.python.paths else b""
        found = NAMED.search(data)
        return found[1].decode() if found else ""

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What the dependency and lock files of the tree ask for."""
        found: tuple[Requirement, ...] = self.ledger.memo(self._facts, "requirements", self._find_requirements)
        return found

    def _find_requirements(self) -> tuple[Requirement, ...]:
        return tuple(requirements(self.tree))

    @cached_property
    def _origins(self) -> Origins:
        return Origins(self.imports, self.functions)

    @cached_property
    def _destinations(self) -> Destinations:
        return Destinations(self.imports, self.functions)

    def origins(self, module: Module, node: ast.expr) -> tuple[Part, ...]:
        """What an expression is made of, followed backwards."""
        return self._origins.of(module, node)

    def destinations(self, module: Module, node: ast.expr) -> Iterator[Destination]:
        """Where the value of an expression goes, followed forwards."""
        return self._destinations.of(module, node)

    def value(self, module: Module, node: ast.expr) -> Value:
        """What an expression holds, followed through names, imports and django.conf.settings."""
        return self.namespaces.evaluate(module, node)

    def qualname(self, module: Module, node: ast.AST) -> str | None:
        """The full dotted name an expression refers to, such as `rest_framework.views.APIView`."""
        return self.imports.qualname(module, node)

    def calls(self, *qualnames: str) -> Iterator[tuple[Module, ast.Call]]:
        """Every call of these functions in the tree, whatever they were imported as."""
        kind = " ".join(("calls", *qualnames))
        for path in self.python.found_by(*words_of_calls(qualnames)):
            if self.ledger.keep(kind, path, partial(self._calls, path, qualnames), bool, bool):
                module = self.python.module(path)
                yield from ((module, call) for call in self.calls_in(module, *qualnames)) if module else ()

    def _calls(self, path: str, qualnames: tuple[str, ...]) -> bool:
        module = self.python.module(path)
        return module is not None and any(True for _ in self.calls_in(module, *qualnames))

    def calls_in(self, module: Module, *qualnames: str) -> Iterator[ast.Call]:
        """The same, in one module."""
        return (call for call in module.nodes(ast.Call) if self.qualname(module, call.func) in qualnames)

    def from_modules(self, name: str, search: Search, ask: Callable[[Module], Iterable[Any]]) -> Iterator[Any]:
        """What `ask` finds in each module that a search finds: texts, numbers and lists of them.

        Asked again only of modules that changed; `name` names the question.
        """
        for path in self.python.finds(search):
            found = partial(self._of_module, path, ask)
            yield from self.ledger.keep(f"facts {name}", path, found, list, list)

    def _of_module(self, path: str, ask: Callable[[Module], Iterable[Any]]) -> list[Any]:
        module = self.python.module(path)
        return list(ask(module)) if module else []

    def uses(self, package: str) -> bool:
        """Whether any Python file that is read imports a package, or names it in a string."""
        return any(
            any(bound.split(".")[0] == package for bound in self.imports.bindings(module).values())
            or any(str(node.value).split(".")[0] == package for node in module.nodes(ast.Constant))
            for module in self.python.with_words(package)
        )

    @cached_property
    def routes(self) -> Routes:
        """Every route and method, with who may enter; built when first asked."""
        resolved = self._loaded.routes if self._loaded else ()
        return Routes(self.python, self.imports, self.classes, self.settings_for, self.effects, resolved)

    def skipped(self) -> tuple[Skipped, ...]:
        hidden = (*left_out.used(self._tree, self.from_modules), *projects(self._tree), *self.front.loaded())
        return tuple(sorted({*self._tree.skipped, *self.python.skipped(), *self.front.skipped, *hidden}))

    def not_followed(self) -> Iterator[Skipped]:
        """Settings that are not certain: set in a way which cannot be followed, or those of another module."""
        for settings in self.settings:
            if settings.site.doubt:
                yield Skipped(settings.site.production, settings.site.doubt)
            for module in settings.modules if settings.site.whole else ():
                yield from _not_followed(module, self.imports)
        named = self._settings_module is not None or self._loaded is not None
        yield from changes(self.settings, self.imports, self.from_modules, named=named)

    def _django_setting(self, name: str, importer: Module) -> Value | None:
        settings = self.settings_for(importer.path)
        return settings.get(name) if settings else None


def _not_followed(module: Module, imports: Imports) -> Iterator[Skipped]:
    try:
        for place in not_followed(module, imports):
            reason = f"line {place.line_start} may set settings in a way that is not followed"
            yield Skipped(place.path, reason)
    except RecursionError:
        yield Skipped(module.path, "nested too deeply to follow")


def words_of_calls(qualnames: tuple[str, ...]) -> list[Search]:
    """The searches that find every module which may call one of these functions."""
    return [("all", *words) for words in sorted({(n.split(".")[0], n.rpartition(".")[2]) for n in qualnames})]
