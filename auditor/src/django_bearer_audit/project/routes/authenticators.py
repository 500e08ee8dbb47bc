"""Authenticators of the project: most leave anonymous callers to the permissions, some refuse them at once."""

from __future__ import annotations

import ast

from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.routes.facts import Function
from django_bearer_audit.project.walking import walk


def refuses_strangers(names: tuple[str, ...] | None, importer: str, imports: Imports, classes: Classes) -> str | None:
    """The first authenticator whose code raises and never answers None: no token, no entry."""
    for name in names or ():
        found = imports.definition(name, importer)
        method = classes.method(found, "authenticate") if found is not None else None
        if method is not None and not isinstance(method.node, ast.ClassDef) and _always_answers(method.node):
            return name
    return None


def _always_answers(function: Function) -> bool:
    """Every answer is a user with a token; what `super()` or a variable holds may be None."""
    returns = [node.value for node in walk(function) if isinstance(node, ast.Return)]
    raises = any(isinstance(node, ast.Raise) for node in walk(function))
    ends = isinstance(function.body[-1], ast.Return | ast.Raise | ast.Try | ast.If | ast.With)
    return raises and bool(returns) and all(isinstance(each, ast.Tuple) for each in returns) and ends
