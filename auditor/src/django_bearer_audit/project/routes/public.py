"""What is public where every route is closed: views marked so, and paths that the settings name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Place
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.routes.decorators import unwrapped
from django_bearer_audit.project.routes.names import Written
from django_bearer_audit.project.routes.seen import Seen
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Items, leaves, text

PUBLIC = "public"
"""The name of the permission of what is marked."""
CLOSED_UNLESS_PUBLIC = frozenset(
    f"django_bearer.{place}.IsAuthenticatedUnlessPublic"
    for place in ("integrations.drf", "integrations.drf.permissions")
)
_MARKS = frozenset({"django_bearer.public", "django_bearer.http.public_views.public"})
_DJANGOS_MARK = "django.contrib.auth.decorators.login_not_required"
_DJANGOS_MIDDLEWARE = "django.contrib.auth.middleware.LoginRequiredMiddleware"


class Public:
    """Finds the mark as the middleware in force reads it."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    def place(
        self, seen: Seen, view: Definition, settings: Settings | None, middleware: str, *, rest: bool
    ) -> Place | None:
        """Where a view or its path is said to be public; None when it is not.

        Our own mark counts for our middleware and permission; Django's for its middleware and ours, but not on
        views of REST framework, which all bear it.
        """
        ours = middleware != _DJANGOS_MIDDLEWARE
        for module, node in unwrapped(list(_written(seen, view))):
            function = node.func if isinstance(node, ast.Call) else node
            name = self._imports.qualname(module, function) or ""
            if (ours and name in _MARKS) or (name == _DJANGOS_MARK and not rest):
                return module.place(node)
        return named(seen.path, settings) if ours else None


def _written(seen: Seen, view: Definition) -> Iterator[Written]:
    """Decorators around the view, on it, and on a method that it writes; base classes and their methods mark only
    themselves."""
    yield from seen.target.wrappers
    yield from ((view.module, each) for each in view.node.decorator_list)
    if seen.answer.code is not None and isinstance(view.node, ast.ClassDef):
        module, node = seen.answer.code
        if any(scope is view.node for scope in module.enclosing(node)):
            yield from ((module, each) for each in node.decorator_list)


def named(path: str, settings: Settings | None) -> Place | None:
    """Where `PUBLIC_PATHS` names a path, or the folder it lies in."""
    if settings is None:
        return None
    literal = "/" + re.split(r"[<(]", path)[0].lstrip("/")
    for leaf in leaves(settings.get("BEARER", "PUBLIC_PATHS")):
        for item in leaf.items if isinstance(leaf, Items) else ():
            told = text(item)
            if told and path != "?" and (literal == told or (told.endswith("/") and literal.startswith(told))):
                return item.where
    return None
