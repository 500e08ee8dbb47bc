"""Settings that a module changes while the program runs, as `settings.DEBUG = True` in an app does."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.ledger import Search
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.source import Module

_SEARCH: Search = ("pattern", "0", r"\.[A-Z][A-Z0-9_]+(?:\s*:[^=\n]+)?\s*[+|]?=(?!=)|\bsetattr\s*\(")
_ASKED_ABOUT = re.compile(
    "DEBUG$|SECRET_KEY|ALLOWED_HOSTS|MIDDLEWARE|INSTALLED_APPS|ROOT_URLCONF|CACHES|AUTH|PASSWORD|LOGIN_|SESSION_|CSRF_"
    "|SECURE_|CORS_|X_FRAME|CSP_|REST_|SIMPLE_JWT|JWT_|NINJA_|OAUTH2_|KNOX_|DJOSER|ACCOUNT_|SOCIALACCOUNT_|AXES_"
    "|GRAPHENE|GRAPHQL_JWT|BEARER"
)
"""How the settings begin that a rule asks about."""
_STARTS: Search = ("any", "get_wsgi_application", "get_asgi_application")
_NAMED = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?\]?\s*[,:=]\s*[\"']?[A-Za-z_]")
_CONFIGURED = re.compile(r"\bsettings\.configure\s*\(|\bconf\.settings\.configure\b")
_DJANGO = "django.conf.settings"
_COMMANDS = "/management/commands/"
"""Run by hand, for themselves."""
Facts = Callable[[str, Search, Callable[[Module], Iterable[Any]]], Iterator[Any]]


def changes(settings: Iterable[Settings], imports: Imports, from_modules: Facts, *, named: bool) -> Iterator[Skipped]:
    """The lines outside the settings that change one; `named` is whether the caller says which settings run."""
    ours = {module.path for each in settings if each.site.whole for module in each.modules}
    names = {f"/{path.removesuffix('.py').removesuffix('/__init__')}" for path in ours}
    for path, reason in from_modules("servers", _STARTS, _started):
        if not named:
            yield Skipped(path, reason)
    for path, line, owner in from_modules("changes settings", _SEARCH, partial(_changed, imports)):
        ending = "/" + owner.replace(".", "/")
        is_ours = "." in owner and any(each.endswith(ending) for each in names)
        if path not in ours and _COMMANDS not in f"/{path}" and (owner == _DJANGO or is_ours):
            yield Skipped(path, f"line {line} changes a setting while the program runs")


def _started(module: Module) -> Iterator[tuple[str, str]]:
    """Why it is not seen which settings a server starts with, of the file that starts it."""
    if module.path.rpartition("/")[2] in {"wsgi.py", "asgi.py"}:
        if _CONFIGURED.search(module.text):
            yield module.path, "settings are configured here, and not judged"
        elif not _NAMED.search(module.text):
            yield module.path, "starts a server with settings that it does not name; say which with --settings"


def _changed(imports: Imports, module: Module) -> Iterator[tuple[str, int, str]]:
    """(path, line, owner) of each write to such a name of whatever a module has imported."""
    for kind in (ast.Assign, ast.AnnAssign, ast.AugAssign):
        for node in module.nodes(kind):
            for target in getattr(node, "targets", None) or [getattr(node, "target", None)]:
                if isinstance(target, ast.Attribute) and _ASKED_ABOUT.match(target.attr):
                    yield from _said(imports, module, node, target.value)
    for call in module.nodes(ast.Call):
        match call:
            case ast.Call(func=ast.Name(id="setattr"), args=[owner, key, *_]):
                if not (isinstance(key, ast.Constant) and not _ASKED_ABOUT.match(str(key.value))):
                    yield from _said(imports, module, call, owner)


def _said(imports: Imports, module: Module, node: ast.AST, owner: ast.expr) -> Iterator[tuple[str, int, str]]:
    named = imports.qualname(module, owner)
    if named is not None:
        yield module.path, module.place(node).line_start, named
