"""URLconfs: every pattern of the tree with the view expression behind it, through includes and lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.routes.names import Names, Written
from django_bearer_audit.project.source import Module

_PATTERN = frozenset({"path", "re_path", "url"})
_LISTS = frozenset({"i18n_patterns", "patterns", "format_suffix_patterns", "list", "tuple", "reversed"})
_NOTHING = frozenset({"static", "staticfiles_urlpatterns"})
_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Mount:
    """One pattern: its path and the expression that names its view, or the object whose `.urls` it mounts."""

    path: str
    module: Module
    view: ast.expr
    where: Place
    wrappers: tuple[Written, ...] = ()


class PackageUrls(NamedTuple):
    """An include of a URLconf that is not in this tree."""

    path: str
    name: str
    where: Place


class Walker:
    """Walks URLconfs; what it cannot follow is counted in `unseen`, never skipped in silence."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.unseen: list[Place] = []
        self.visited: set[str] = set()
        self._stack: list[str] = []

    def walk(self, module: Module, prefix: str = "") -> Iterator[Mount | PackageUrls]:
        """The patterns of one module's `urlpatterns`."""
        if module.path in self._stack or len(self._stack) > _DEPTH:
            return
        self.visited.add(module.path)
        self._stack.append(module.path)
        for value in self._names.stores(module).get("urlpatterns", []):
            yield from self.patterns(module, value, prefix)
        self._stack.pop()

    def patterns(self, module: Module, node: ast.expr, prefix: str, depth: int = 0) -> Iterator[Mount | PackageUrls]:
        """A list of patterns, however it is put together."""
        if depth > _DEPTH:
            return
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                for element in elements:
                    yield from self.patterns(module, element, prefix, depth + 1)
            case ast.Starred(value=value) | ast.NamedExpr(value=value):
                yield from self.patterns(module, value, prefix, depth + 1)
            case ast.BinOp(left=left, right=right):
                yield from self.patterns(module, left, prefix, depth + 1)
                yield from self.patterns(module, right, prefix, depth + 1)
            case ast.IfExp(body=left, orelse=right):
                yield from self.patterns(module, left, prefix, depth + 1)
                yield from self.patterns(module, right, prefix, depth + 1)
            case ast.Call():
                yield from self._call(module, node, prefix, depth)
            case ast.Attribute(attr="urls" | "urlpatterns" | "urls_list"):
                yield from self._attribute(module, node, prefix, depth)
            case ast.Name() | ast.Attribute():
                yield from self._named(module, node, prefix, depth)
            case ast.Constant():
                pass
            case _:
                self.unseen.append(module.place(node))

    def _call(self, module: Module, node: ast.Call, prefix: str, depth: int) -> Iterator[Mount | PackageUrls]:
        name = _last(node.func)
        if name in _PATTERN:
            yield from self._pattern(module, node, prefix, depth)
        elif name in _LISTS:
            for argument in node.args:
                yield from self.patterns(module, argument, prefix, depth + 1)
        elif name == "include":
            yield from self._include(module, node, prefix, depth)
        elif name not in _NOTHING:
            self.unseen.append(module.place(node))

    def _pattern(self, module: Module, node: ast.Call, prefix: str, depth: int) -> Iterator[Mount | PackageUrls]:
        given = {key.arg: key.value for key in node.keywords if key.arg}
        route = node.args[0] if node.args else given.get("route", given.get("regex"))
        view = node.args[1] if len(node.args) > 1 else given.get("view")
        if view is None:
            self.unseen.append(module.place(node))
            return
        path = prefix + _written(route)
        if isinstance(view, ast.Call) and _last(view.func) == "include":
            yield from self._include(module, view, path, depth)
        elif isinstance(view, ast.Call) and (_last(view.func) or "").endswith("include"):
            yield from self._include(module, view, path, depth, wrapped=True)
        elif isinstance(view, ast.Attribute) and view.attr == "urls":
            yield from self._attribute(module, view, path, depth)
        else:
            yield Mount(path, module, view, module.place(node))

    def _include(
        self, module: Module, node: ast.Call, prefix: str, depth: int, *, wrapped: bool = False
    ) -> Iterator[Mount | PackageUrls]:
        argument = node.args[-1 if wrapped else 0] if node.args else None
        wrappers: tuple[Written, ...] = ((module, node.args[0]),) if wrapped and len(node.args) > 1 else ()
        if isinstance(argument, ast.Tuple) and argument.elts and not isinstance(argument.elts[0], ast.Call):
            argument = argument.elts[0]
        if argument is None:
            self.unseen.append(module.place(node))
            return
        for found in self._included(module, argument, prefix, depth):
            if isinstance(found, Mount) and wrappers:
                yield Mount(found.path, found.module, found.view, found.where, wrappers + found.wrappers)
            else:
                yield found

    def _included(self, module: Module, node: ast.expr, prefix: str, depth: int) -> Iterator[Mount | PackageUrls]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            path = self._names.python.find(node.value, module.path)
            source = self._names.python.module(path) if path else None
            if source is not None:
                yield from self.walk(source, prefix)
            else:
                yield PackageUrls(prefix, node.value, module.place(node))
            return
        source = self._names.module_behind(module, node)
        if source is not None:
            yield from self.walk(source, prefix)
        else:
            yield from self.patterns(module, node, prefix, depth + 1)

    def _attribute(
        self, module: Module, node: ast.Attribute, prefix: str, depth: int
    ) -> Iterator[Mount | PackageUrls]:
        """`router.urls`, `api.urls`, `admin.site.urls`; or a list that happens to be called `urls`."""
        named = self._names.module_behind(module, node.value)
        if named is not None and node.attr in self._names.stores(named):
            for source, value in self._names.given(module, node):
                yield from self.patterns(source, value, prefix, depth + 1)
        else:
            yield Mount(prefix, module, node, module.place(node))

    def _named(self, module: Module, node: ast.expr, prefix: str, depth: int) -> Iterator[Mount | PackageUrls]:
        given = self._names.given(module, node)
        if not given:
            self.unseen.append(module.place(node))
        for source, value in given:
            yield from self.patterns(source, value, prefix, depth + 1)


def _last(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _written(route: ast.expr | None) -> str:
    """The path as a reader knows it; what is computed shows as `<…>`."""
    match route:
        case ast.Constant(value=str() as text):
            named = re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", text.lstrip("^").rstrip("$").replace("\\", ""))
            return re.sub(r"(?<=[\w/])\?$", "", named)  # `login/?` answers at both, and is told as `login/`
        case ast.Call(args=[first, *_]):
            return _written(first)
        case ast.JoinedStr(values=pieces):
            return "".join(_written(p) if isinstance(p, ast.Constant) else "<…>" for p in pieces)
        case ast.BinOp(left=left, right=right):
            return _written(left) + _written(right)
        case _:
            return "<…>"
