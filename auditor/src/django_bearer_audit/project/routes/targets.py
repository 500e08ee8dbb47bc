"""The view behind an expression of a URLconf: a class or function of the tree, or the name of a package's."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes.names import Names, Written
from django_bearer_audit.project.source import Module

_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Target:
    """A view with what the URLconf says about it."""

    view: Definition | str
    given: dict[str, Written] = field(default_factory=dict)
    """Arguments of `as_view(…)`."""
    actions: dict[str, str] | None = None
    """`as_view({"get": "list"})`: method → action."""
    wrappers: tuple[Written, ...] = ()
    """Decorators applied in the URLconf, outermost first."""

    @property
    def name(self) -> str:
        return self.view if isinstance(self.view, str) else self.view.name


def resolve(names: Names, module: Module, node: ast.expr, depth: int = 0) -> Target | None:
    """None when the expression says too little."""
    if depth > _DEPTH:
        return None
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="as_view"), args=arguments, keywords=keywords):
            target = resolve(names, module, owner, depth + 1)
            if target is None:
                return None
            given = {key.arg: (module, key.value) for key in keywords if key.arg}
            return replace(target, given=given, actions=_actions(arguments))
        case ast.Call(func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[inner, *_]):
            return resolve(names, module, inner, depth + 1)
        case ast.Call(func=wrapper, args=[inner, *_]):
            target = resolve(names, module, inner, depth + 1)
            return (
                target and replace(target, wrappers=((module, wrapper), *target.wrappers))
                if target is not None
                else None
            )
        case ast.Constant(value=str() as dotted) if "." in dotted:
            found = names.imports.definition(dotted, module.path)
            return Target(found or dotted)
        case ast.Name() | ast.Attribute():
            return _named(names, module, node, depth)
        case _:
            return None


def _named(names: Names, module: Module, node: ast.expr, depth: int) -> Target | None:
    qualname = names.imports.qualname(module, node)
    if qualname is None:
        return None
    found = names.imports.definition(qualname, module.path)
    if found is not None:
        return Target(found)
    given = names.given(module, node)
    if given:
        source, value = given[-1]
        return resolve(names, source, value, depth + 1)
    return Target(qualname)


def _actions(arguments: list[ast.expr]) -> dict[str, str] | None:
    if not arguments or not isinstance(arguments[0], ast.Dict):
        return None
    found = {}
    for key, value in zip(arguments[0].keys, arguments[0].values, strict=True):
        match key, value:
            case ast.Constant(value=str() as method), ast.Constant(value=str() as action):
                found[method.upper()] = action
            case _:
                pass
    return found
