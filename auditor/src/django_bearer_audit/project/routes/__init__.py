"""Every route of the tree and every method it answers, with who may enter and why."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django_bearer_audit.finding import Place
from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.effects import Effect, Effects
from django_bearer_audit.project.effects.meaning import Secret, counts_attempts, tried
from django_bearer_audit.project.files import content_name
from django_bearer_audit.project.imports import Definition, Imports, outside
from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.loaded import LoadedRoute
from django_bearer_audit.project.python import PythonIndex
from django_bearer_audit.project.routes import kept
from django_bearer_audit.project.routes.checks import chooses_row, has_secret_in_path
from django_bearer_audit.project.routes.code import Code
from django_bearer_audit.project.routes.decorators import Decorators
from django_bearer_audit.project.routes.facts import (
    CREDENTIALS,
    Endpoint,
    Fact,
    Function,
    Purpose,
    Source,
    Who,
)
from django_bearer_audit.project.routes.foreign import Foreign
from django_bearer_audit.project.routes.handlers import Answer, Handlers
from django_bearer_audit.project.routes.input import Input
from django_bearer_audit.project.routes.judge import Judge
from django_bearer_audit.project.routes.merging import merged
from django_bearer_audit.project.routes.middleware import SiteWide, of_site
from django_bearer_audit.project.routes.names import Names
from django_bearer_audit.project.routes.ninja import Ninja
from django_bearer_audit.project.routes.packages import purpose_of_class
from django_bearer_audit.project.routes.permissions import Permissions
from django_bearer_audit.project.routes.public import PUBLIC, named
from django_bearer_audit.project.routes.purposes import by_effects, by_provider, by_words
from django_bearer_audit.project.routes.routers import Registration, Routers
from django_bearer_audit.project.routes.seen import Seen
from django_bearer_audit.project.routes.targets import Target, resolve
from django_bearer_audit.project.routes.urlconf import Mount, PackageUrls, Walker
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.source import Module, Spot

_REST_BASE = "rest_framework.views.APIView"
_GRAPHQL = re.compile(r"GraphQL\w*View$")
_ADMIN = re.compile(r"admin|site", re.I)
_ROUTES = "routes"
"""The kind of answers that are kept here."""
SettingsFor = Callable[[str], Settings | None]


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The endpoints, and the places of URLconfs that could not be followed."""

    endpoints: tuple[Endpoint, ...]
    unseen: tuple[Place, ...]


class Routes:
    """Builds the table from source; with `resolved`, from the routes that a running project resolves."""

    def __init__(
        self,
        python: PythonIndex,
        imports: Imports,
        classes: Classes,
        settings_for: SettingsFor,
        effects: Effects,
        resolved: tuple[LoadedRoute, ...] = (),
    ) -> None:
        self._effects = effects
        self._resolved = resolved
        self._python, self._imports, self._classes = python, imports, classes
        self._settings_for = settings_for
        self._names = Names(python, imports)
        self._routers = Routers(self._names)
        self._handlers = Handlers(classes)
        self._ledger = python.ledger
        self._table: Held[str, RouteTable] = {}
        self._wide: Held[str, SiteWide] = {}
        self._digests: dict[int, tuple[Endpoint, str]] = {}
        self._done: Held[tuple[ast.AST, str, str, tuple[bool, Place | None], tuple[ast.AST, ...]], Endpoint] = {}
        code = Code(imports, classes)
        self._decorators = Decorators(imports, code)
        permissions = Permissions(self._names, imports, classes)
        self.judge = Judge(imports, classes, code, self._decorators, permissions, settings_for, self._site_wide)
        self._foreign = Foreign(python, classes, self._decorators, self.judge)
        self._input = Input(imports, classes)
        self._ninja = Ninja(self._names, code, self._decorators, self._wide_for)

    @property
    def table(self) -> RouteTable:
        return self._ledger.memo(self._table, "", self._built)

    def _built(self) -> RouteTable:
        walker = Walker(self._names)
        found = [endpoint for root in self._roots() for endpoint in self._of(root, walker)]
        found += map(self._finished, self._ninja.endpoints())
        found += self._unrouted(found)
        if self._resolved:
            found = merged(found, self._resolved, self._defined, self._of_resolved)
            return RouteTable(tuple(_once(map(self._finished, found))), ())
        return RouteTable(tuple(_once(found)), tuple(walker.unseen))

    def _site_wide(self, settings: Settings | None) -> SiteWide:
        key = settings.site.production if settings else ""
        return self._ledger.memo(self._wide, key, lambda: of_site(settings, self._imports))

    def _wide_for(self, path: str) -> SiteWide:
        return self._site_wide(self._settings_for(path))

    def code_of(self, endpoint: Endpoint) -> list[tuple[Module, Function]]:
        """The functions of the tree that run for an endpoint; none when only a package's code does."""
        return [] if endpoint.handler is None else list(self.judge.pieces(endpoint.handler))

    def is_plain_edit(self, view: Definition, edits: tuple[str, ...]) -> bool:
        """Whether a view derives from one of these and leaves it to them which row is meant."""
        methods = [self._classes.method(view, name) for name in ("get_object", "get_queryset")]
        own = any(method is not None and chooses_row(method.node) for method in methods)
        return not own and self._classes.is_a(view, *edits)

    def told(self, view: Definition, name: str) -> str:
        """What a class attribute of a view says, as it is written; empty when there is none."""
        found = self._classes.attribute(view, name)
        return ast.unparse(found.value) if found is not None else ""

    def above(self, view: Definition) -> Iterator[str]:
        """The classes of frameworks and packages that a view derives from."""
        return (each for each in self._classes.ancestry(view) if isinstance(each, str))

    def effects_of(self, endpoint: Endpoint) -> tuple[Effect, ...]:
        """What happens when a request reaches an endpoint, as far as the tree has its code."""
        handler = endpoint.handler
        if handler is None or (handler.is_class and endpoint.safe):
            return ()
        return self._effects.of_view(handler.module, handler.node, handler.owner)

    def reads_of(self, endpoint: Endpoint) -> tuple[Effect, ...]:
        """What a request for reading does and is answered with, also where a framework has the code."""
        handler = endpoint.handler
        if handler is None or not handler.is_class or handler.owner is None or not endpoint.safe:
            return self.effects_of(endpoint)
        return self._effects.of_reading(handler.owner)

    def serializers_of(self, endpoint: Endpoint) -> list[Definition]:
        """The serializers of the tree that an endpoint reads its input with."""
        return list(self._input.serializers_of(endpoint))

    # -- a running project ------------------------------------------------------------

    def _defined(self, route: LoadedRoute) -> Definition | None:
        """The view in this tree, told by its file: a module elsewhere may have the same name."""
        module = self._python.module(self._python.place(route.file))
        name = route.view.rpartition(".")[2]
        found = self._imports.definitions(module).get(name) if module else None
        if module and isinstance(found, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            return Definition(module, found, f"{self._python.dotted(module.path)}.{name}")
        return None

    def _of_resolved(self, route: LoadedRoute, found: Definition | None, read: Place | None) -> Iterator[Endpoint]:
        where = read or (found.module.place(found.node) if found else self._head())
        target = Target(found or route.view, actions=dict(route.actions) or None)
        endpoints = self._of_target(route.path, target, where)
        if found is not None:
            return endpoints
        methods = tuple(method for method, _ in route.actions) or route.methods or ("ANY",)
        return (replace(each, method=method) for each in endpoints for method in methods)

    def _head(self) -> Place:
        settings = self._settings_for("")
        return settings.head if settings else Place(".")

    # -- URLconfs ------------------------------------------------------------

    def _roots(self) -> list[Module]:
        """URLconfs that no other one includes."""
        every = [m for m in self._python.with_words("urlpatterns") if "urlpatterns" in self._names.stores(m)]
        included: set[str] = set()
        for module in every:
            walker = Walker(self._names)
            list(walker.walk(module))
            included |= walker.visited - {module.path}
        return [module for module in every if module.path not in included]

    def _of(self, root: Module, walker: Walker) -> Iterator[Endpoint]:
        for mount in walker.walk(root):
            if isinstance(mount, PackageUrls):
                yield from map(self._finished, self._foreign.of_package(mount))
            elif isinstance(mount.view, ast.Attribute) and mount.view.attr in {"urls", "urlpatterns"}:
                yield from self._of_object(mount, mount.view.value)
            else:
                found = self._kept(
                    kept.name_of("mount", mount.path, nodes=[(mount.module, mount.view), *mount.wrappers]),
                    partial(self._of_mount, mount),
                )
                if found is None:
                    walker.unseen.append(mount.where)
                yield from found or ()

    def _of_mount(self, mount: Mount) -> Iterator[Endpoint] | None:
        """None when the view cannot be told."""
        for module in (mount.module, *(source for source, _ in mount.wrappers)):
            self._ledger.file(module.path)
        target = resolve(self._names, mount.module, mount.view)
        if target is None:
            return None
        wrapped = replace(target, wrappers=mount.wrappers + target.wrappers)
        return self._of_target(mount.path, wrapped, mount.where)

    def _of_object(self, mount: Mount, owner: ast.expr) -> Iterator[Endpoint]:
        """`router.urls` and `admin.site.urls`; operations of `api.urls` are found at their functions."""
        for registration in self._routers.registered(mount.module, owner):
            path = "/".join(part for part in (mount.path.rstrip("/"), registration.prefix.strip("/")) if part)
            name = kept.name_of("registration", path, nodes=[(registration.module, registration.call)])
            yield from self._kept(name, partial(self._of_registration, registration, path)) or ()

    def _of_registration(self, registration: Registration, path: str) -> Iterator[Endpoint]:
        self._ledger.file(registration.module.path)
        target = resolve(self._names, registration.module, registration.viewset)
        if target is None or isinstance(target.view, str):
            return
        for answer in self._handlers.of_router(target.view):
            where = registration.module.place(registration.call)
            seen = Seen(f"{path}/{answer.suffix}", target, answer, where)
            yield self._judged(seen, target.view)

    def _kept(self, name: str | None, find: Callable[[], Iterator[Endpoint] | None]) -> list[Endpoint] | None:
        """These endpoints, judged to the end; found out anew only when something they rest on has changed."""

        def judged() -> list[Endpoint] | None:
            found = find()
            return None if found is None else [self._finished(endpoint) for endpoint in found]

        if name is None:
            return judged()
        return self._ledger.keep(_ROUTES, name, judged, kept.written, partial(kept.read, find=self._code_at))

    def _code_at(self, spot: Spot) -> tuple[Module, Any]:
        module = self._python.module(spot.path)
        if module is None:
            raise LookupError(f"{spot.path} does not parse any more")
        return module, module.statement_at(spot)

    def says(self, endpoint: Endpoint, what: str, ask: Callable[[Endpoint], Any]) -> Any:
        """What `ask` finds out about an endpoint, as JSON; asked again when that may differ. `what` names it."""
        held = self._digests.get(id(endpoint))
        if held is None:  # the endpoint is held, too: else another one might come to have its number
            digest = content_name(repr(kept.written([endpoint])).encode())
            held = self._digests[id(endpoint)] = (endpoint, digest)

        def asked() -> Any:
            for spot in (endpoint.handler.code, endpoint.handler.view) if endpoint.handler else ():
                self._ledger.file(spot.path)
            return ask(endpoint)

        return self._ledger.keep(f"says {what}", held[1], asked, _same, _same)

    def _of_target(self, path: str, target: Target, where: Place) -> Iterator[Endpoint]:
        view = target.view
        if _GRAPHQL.search(target.name):
            yield self._foreign.graphql(path, target, where)
        elif isinstance(view, str):
            yield self._foreign.view(path, view, target, where)
        else:
            for answer in self._answers(view, target):
                yield self._judged(Seen(path, target, answer, where), view)

    def _answers(self, view: Definition, target: Target) -> Iterator[Answer]:
        if isinstance(view.node, ast.ClassDef):
            if target.actions is not None:
                yield from self._handlers.of_actions(view, target.actions)
            elif self._handlers.is_viewset(view):
                yield from self._handlers.of_router(view)
            else:
                yield from self._handlers.of_class(view)
            return
        stack = self._decorators.read([(view.module, d) for d in view.node.decorator_list])
        for method in stack.methods or ("ANY",):
            yield Answer(method, method.lower(), code=(view.module, view.node))

    def _judged(self, seen: Seen, view: Definition) -> Endpoint:
        """The same view under another path is judged once, where the path makes no difference."""
        told = (*seen.target.given.values(), *seen.target.wrappers)
        by_path = ("<" in seen.path, named(seen.path, self._settings_for(view.module.path)))
        key = (view.node, seen.answer.method, seen.answer.action, by_path, tuple(node for _, node in told))
        judged = self._ledger.memo(self._done, key, partial(self._judge, seen, view))
        return replace(judged, path=seen.path)

    def _judge(self, seen: Seen, view: Definition) -> Endpoint:
        if isinstance(view.node, ast.ClassDef):
            rest = self._classes.is_a(view, _REST_BASE)
        else:
            rest = self._decorators.read([(view.module, d) for d in view.node.decorator_list]).rest
        return self.judge.rest(seen, view) if rest else self.judge.django(seen, view)

    # -- views without a route ------------------------------------------------------------

    def _unrouted(self, found: list[Endpoint]) -> Iterator[Endpoint]:
        """Views that no URLconf of the tree leads to: they may have a route that is not seen, or get one."""
        known = {endpoint.handler.view for endpoint in found if endpoint.handler is not None}
        for path in self._python.finds(("any", "rest_framework")):
            views = self._ledger.keep("views", path, partial(self._views_of, path), list, _as_views)
            for spot, name in views:
                if spot not in known:
                    yield from self._kept(f"unrouted|{name}|{spot}", partial(self._of_view, spot, name)) or ()

    def _views_of(self, path: str) -> list[tuple[Spot, str]]:
        module = self._python.module(path)
        return [(module.spot(view.node), view.name) for view in self._views(module)] if module else []

    def _of_view(self, spot: Spot, name: str) -> Iterator[Endpoint]:
        view = Definition(*self._code_at(spot), name)
        target = Target(view)
        for answer in self._answers(view, target):
            yield self._judged(Seen("?", target, answer, view.module.place(view.node)), view)

    def _views(self, module: Module) -> Iterator[Definition]:
        for node in outside(module.tree.body):
            if isinstance(node, ast.ClassDef):
                view = self._classes.define(module, node)
                if self._classes.is_a(view, _REST_BASE) and not re.match(r"_|Base|Abstract", node.name):
                    yield view
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and self._is_rest(module, node):
                name = self._imports.qualname(module, ast.Name(node.name)) or node.name
                yield Definition(module, node, name)

    def _is_rest(self, module: Module, node: Function) -> bool:
        return self._decorators.read([(module, d) for d in node.decorator_list]).rest

    def _inherited_purpose(self, endpoint: Endpoint) -> Purpose | None:
        owner = endpoint.handler.owner if endpoint.handler else None
        above = self._classes.ancestry(owner) if owner else ()
        return purpose_of_class(each for each in above if isinstance(each, str))

    def _purpose_by_code(self, endpoint: Endpoint) -> Purpose | None:
        by_itself = endpoint.who is Who.CHECKED and endpoint.permission.source is Source.BODY
        if endpoint.safe or not (endpoint.who is Who.EVERYBODY or by_itself):
            return None
        return by_effects(self.effects_of(endpoint))

    def _asks_for_secret(self, endpoint: Endpoint) -> bool:
        """A token that the caller has to know: whoever was sent it may come in."""
        if endpoint.safe or endpoint.handler is None:
            return False
        return any(tried(effect) is Secret.TOKEN for effect in self.effects_of(endpoint))

    def _finished(self, endpoint: Endpoint) -> Endpoint:
        """Adds what the words of path and view say."""
        purpose = endpoint.purpose
        if purpose is Purpose.OTHER and endpoint.handler is not None:
            purpose = self._inherited_purpose(endpoint) or self._purpose_by_code(endpoint) or purpose_of(endpoint)
        if purpose in {Purpose.OTHER, Purpose.PUBLIC} and endpoint.who is Who.EVERYBODY and not endpoint.safe:
            purpose = self._input.purpose_of(endpoint, self.code_of(endpoint)) or purpose
        if purpose is Purpose.OTHER and endpoint.permission.names == (PUBLIC,):
            purpose = Purpose.PUBLIC
        who = endpoint.who
        if who is Who.EVERYBODY and (has_secret_in_path(endpoint.path) or self._asks_for_secret(endpoint)):
            who = Who.CHECKED
        finished = replace(endpoint, purpose=purpose, who=who)
        if purpose not in CREDENTIALS:
            return finished
        if finished.throttle.names == () and counts_attempts(self.effects_of(finished)):
            return replace(finished, throttle=Fact(("counts attempts",), Source.BODY, finished.where))
        return replace(finished, throttle=self.judge.limited_by_code(finished))


def _same(data: Any) -> Any:
    return data


def _as_views(data: list[Any]) -> list[tuple[Spot, str]]:
    return [(Spot(*spot), name) for spot, name in data]


def purpose_of(endpoint: Endpoint) -> Purpose:
    parts = endpoint.view.split(".")
    name = " ".join(parts[-2:]) if endpoint.handler and endpoint.handler.name and len(parts) > 1 else parts[-1]
    segments = [part for part in endpoint.path.split("/") if part and not part.startswith("<")]
    found = by_words(parts[-1], name, *segments[-1:], " ".join(segments[-2:]))
    elsewhere = found in {Purpose.LOGIN, Purpose.REGISTER} and by_provider(endpoint.path, endpoint.view)
    return Purpose.PUBLIC if elsewhere else found


def _once(endpoints: Iterable[Endpoint]) -> Iterator[Endpoint]:
    seen: set[tuple[str, str, str]] = set()
    for endpoint in endpoints:
        key = (endpoint.path, endpoint.method, endpoint.view)
        if key not in seen:
            seen.add(key)
            yield endpoint
