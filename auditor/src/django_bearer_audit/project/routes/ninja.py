"""Operations of Django Ninja: functions decorated by an API or Router, and the `auth=` in force for each."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from django_bearer_audit.finding import Place
from django_bearer_audit.project.routes.code import Code
from django_bearer_audit.project.routes.decorators import Decorators
from django_bearer_audit.project.routes.facts import Endpoint, Fact, Function, Handler, Kind, Source, Who
from django_bearer_audit.project.routes.middleware import SiteWide
from django_bearer_audit.project.routes.names import Names, Written
from django_bearer_audit.project.source import Module

_METHODS = {"get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE"}
_MAKERS = frozenset({"NinjaAPI", "NinjaExtraAPI", "Router"})


class Ninja:
    """Reads operations; an unknown `auth` leaves them unknown."""

    def __init__(self, names: Names, code: Code, decorators: Decorators, wide_for: Callable[[str], SiteWide]) -> None:
        self._names, self._code, self._decorators = names, code, decorators
        self._wide_for = wide_for

    def endpoints(self) -> Iterator[Endpoint]:
        for module in self._names.python.with_words("ninja", "Router", "router"):
            functions: list[Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
            for node in functions:
                for decorator in node.decorator_list:
                    yield from self._operation(module, node, decorator)

    def _operation(self, module: Module, node: Function, decorator: ast.expr) -> Iterator[Endpoint]:
        match decorator:
            case ast.Call(func=ast.Attribute(value=router, attr=verb)) if verb in _METHODS:
                made = self._made(module, router)
                if made is not None:
                    yield self._endpoint(module, node, decorator, made, _METHODS[verb])
            case _:
                pass

    def _made(self, module: Module, router: ast.expr) -> tuple[Module, ast.Call] | None:
        for source, value in self._names.given(module, router):
            if isinstance(value, ast.Call):
                name = self._names.imports.qualname(source, value.func) or ""
                if name.rpartition(".")[2] in _MAKERS and name.startswith("ninja"):
                    return source, value
        return None

    def _endpoint(
        self,
        module: Module,
        node: Function,
        decorator: ast.Call,
        made: tuple[Module, ast.Call],
        method: str,
    ) -> Endpoint:
        who, permission = self._auth(module, decorator, made)
        stack = self._decorators.read([(module, d) for d in node.decorator_list if d is not decorator])
        if who is Who.EVERYBODY and stack.who is not None:
            who, permission = stack.who, Fact(tuple(stack.names), Source.VIEW, stack.where)
        wide = self._wide_for(module.path)
        if who is Who.EVERYBODY and wide.who is not None:
            who, permission = wide.who, Fact((wide.who_name,), Source.MIDDLEWARE, wide.where)
        pieces = list(self._code.reached(module, node, None))
        if who is Who.EVERYBODY and any(self._code.asks(piece) for _, piece in pieces):
            who, permission = Who.CHECKED, Fact((node.name,), Source.BODY, module.place(node))
        limited = (
            stack.throttle
            or next((p.name for _, p in pieces if self._code.limits(p)), None)
            or _given(decorator, made)
        )
        throttle = Fact((limited,) if limited else (), Source.VIEW)
        path = decorator.args[0].value if decorator.args and isinstance(decorator.args[0], ast.Constant) else "<…>"
        name = f"{self._names.python.dotted(module.path)}.{node.name}"
        return Endpoint(
            str(path).lstrip("/"),
            method,
            name,
            Kind.NINJA,
            Place(module.path, node.lineno, node.lineno),
            who,
            permission,
            permission,
            throttle,
            Fact((), Source.FRAMEWORK),
            handler=Handler.of(module, node),
        )

    def _auth(self, module: Module, decorator: ast.Call, made: tuple[Module, ast.Call]) -> tuple[Who, Fact]:
        """The operation's `auth`, else its router's, else that of the mount, else that of the API."""
        above = [(made[0], made[1], Source.INHERITED), *self._mounts(made[1])]
        for source, call, origin in [(module, decorator, Source.VIEW), *above]:
            for key in call.keywords:
                if key.arg in {"auth", "permissions"}:
                    return _judged(source, key.value, origin)
                if key.arg is None:
                    return Who.UNKNOWN, Fact(None, origin)
        return Who.EVERYBODY, Fact((), Source.FRAMEWORK)

    def _mounted(self, module: Module, node: ast.expr) -> list[Written]:
        """A router, or the text that names it."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._names.behind(node.value, module)
        return self._names.given(module, node)

    def _mounts(self, router: ast.Call) -> Iterator[tuple[Module, ast.Call, Source]]:
        """`api.add_router("/x", router, auth=…)` and the API it was added to."""
        for other in self._names.python.with_words("add_router"):
            for call in other.nodes(ast.Call):
                match call:
                    case ast.Call(func=ast.Attribute(value=api, attr="add_router"), args=[_, mounted, *_]):
                        if any(value is router for _, value in self._mounted(other, mounted)):
                            yield other, call, Source.URLCONF
                            made = self._made(other, api)
                            if made is not None:
                                yield made[0], made[1], Source.INHERITED
                    case _:
                        pass


def _judged(module: Module, node: ast.expr, origin: Source) -> tuple[Who, Fact]:
    where = module.place(node)
    open_ = (isinstance(node, ast.Constant) and node.value is None) or (
        isinstance(node, ast.List | ast.Tuple) and not node.elts
    )
    if open_:
        return Who.EVERYBODY, Fact((), origin, where)
    return Who.CHECKED, Fact((ast.unparse(node)[:60],), origin, where)


def _given(decorator: ast.Call, made: tuple[Module, ast.Call]) -> str | None:
    for call in (decorator, made[1]):
        for key in call.keywords:
            if key.arg == "throttle":
                return ast.unparse(key.value)[:60]
    return None
