"""What a running project says of itself: the second source of facts, for the same rules.

The auditor imports no Django; whoever runs inside the project hands this over (see `running.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django_bearer_audit.project.run import Namespace


@dataclass(frozen=True, slots=True)
class LoadedRoute:
    """One route as the running project resolves it."""

    path: str
    view: str
    """The full dotted name of the view's class or function, past its decorators."""
    file: str = ""
    """The file that defines it, absolute: two modules may have one name."""
    methods: tuple[str, ...] = ()
    """What a class-based view answers; empty when the view does not tell."""
    actions: tuple[tuple[str, str], ...] = ()
    """(method, action) of a view set's route; empty for any other view."""
    permissions: tuple[str, ...] | None = None
    """REST framework's permission classes in force, by name; None for any other view."""
    authenticators: tuple[str, ...] | None = None
    throttles: tuple[str, ...] | None = None
    login_required: bool = False
    """The admin's: it lets in its own staff, and shows others its login page."""
    public: tuple[str, ...] | None = None
    """The methods that need no token where every route is closed unless public; None where routes are not."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and the routes of a running project."""

    settings_module: str
    settings_file: str
    """Its file, absolute; it may lie outside the audited folder."""
    over: Callable[[Namespace], Namespace]
    """The loaded settings, each with the place where reading the source finds it set."""
    routes: tuple[LoadedRoute, ...]
