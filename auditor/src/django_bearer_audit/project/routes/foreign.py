"""Endpoints whose views the tree does not hold: of packages, of included package URLconfs, of GraphQL."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from django_bearer_audit.finding import Place
from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.python import PythonIndex
from django_bearer_audit.project.routes import packages
from django_bearer_audit.project.routes.decorators import Decorators
from django_bearer_audit.project.routes.facts import (
    NOTHING_KNOWN,
    Endpoint,
    Fact,
    Kind,
    Purpose,
    Source,
    Who,
)
from django_bearer_audit.project.routes.judge import Judge
from django_bearer_audit.project.routes.targets import Target
from django_bearer_audit.project.routes.urlconf import PackageUrls
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_CHECKS = re.compile(r"login_required|is_authenticated|permission_classes|IsAuthenticated|\.is_anonymous")
_USER = re.compile(r"context\.user|request\.user")
_COMMENT = re.compile(r"#.*")


class Foreign:
    """Says what is known of them by their names, and what the URLconf wraps around them."""

    def __init__(self, python: PythonIndex, classes: Classes, decorators: Decorators, judge: Judge) -> None:
        self._python, self._classes = python, classes
        self._decorators, self._judge = decorators, judge

    def of_package(self, urls: PackageUrls) -> Iterator[Endpoint]:
        for path, purpose, who in packages.URL_SETS.get(urls.name, ()):
            kind = Kind.REST if urls.name in packages.REST_SETS else Kind.PACKAGE
            yield self._of_foreign(urls.path + path, urls.name, urls.where, kind, purpose, who)

    def view(self, path: str, view: str, target: Target, where: Place) -> Endpoint:
        kind = Kind.REST if view.startswith(packages.REST_VIEWS) else Kind.PACKAGE
        purpose, who = packages.known(view)
        found = self._of_foreign(path, view, where, kind, purpose, who)
        stack = self._decorators.read(list(target.wrappers))
        if stack.throttle is not None:
            limit = Fact((stack.throttle,), Source.URLCONF, stack.throttle_where)
            found = replace(found, throttle=limit)
        return replace(found, who=stack.who) if stack.who is not None else found

    def _of_foreign(self, path: str, view: str, where: Place, kind: Kind, purpose: Purpose, who: Who) -> Endpoint:
        told = Fact(None, Source.PACKAGE)
        throttle = self._judge.default_throttle(where.path) if kind is Kind.REST else told
        return Endpoint(path, "POST", view, kind, where, who, told, told, throttle, told, purpose)

    def graphql(self, path: str, target: Target, where: Place) -> Endpoint:
        stack = self._decorators.read(list(target.wrappers))
        who = stack.who or (Who.CHECKED if self._schema_asks(target) else Who.EVERYBODY)
        names = tuple(stack.names) if stack.who else ()
        told = Fact(names, Source.VIEW, stack.where)
        csrf = Fact((), Source.URLCONF, stack.csrf_exempt) if stack.csrf_exempt else NOTHING_KNOWN
        return Endpoint(path, "POST", target.name, Kind.GRAPHQL, where, who, told, told, Fact((), Source.VIEW), csrf)

    def _schema_asks(self, target: Target) -> bool:
        """Whether a resolver of the tree asks who is calling: then each field decides who may enter."""
        if isinstance(target.view, Definition) and self._classes.method(target.view, "dispatch") is not None:
            return True
        modules = self._python.with_words("graphene", "strawberry", "ariadne")
        return any(_asks(module) for module in modules)


def _asks(module: Module) -> bool:
    """A user who is read into a name that nothing uses, or in a comment, was not asked for."""
    code = _COMMENT.sub("", module.text)
    if _CHECKS.search(code):
        return True
    idle = sum(1 for assign in module.nodes(ast.Assign) if _is_idle(module, assign))
    return len(_USER.findall(code)) > idle


def _is_idle(module: Module, assign: ast.Assign) -> bool:
    function = module.function_around(assign)
    match assign:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(attr="user")) if function is not None:
            used = (n for n in walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
            return _USER.search(ast.unparse(assign.value)) is not None and all(n.id != name for n in used)
        case _:
            return False
