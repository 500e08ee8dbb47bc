"""The auditor inside a running project: what the project has loaded comes as plain values, and no Django is imported.

The library's `manage.py bearer_audit` and `bearer_routes --who` call these functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django_bearer_audit import arguments
from django_bearer_audit.command import run
from django_bearer_audit.loaded_settings import over
from django_bearer_audit.project import Project
from django_bearer_audit.project.loaded import Loaded, LoadedRoute
from django_bearer_audit.report import routes as table

__all__ = ["add_arguments", "audit_project", "loaded_project", "routes_table"]

add_arguments = arguments.add_arguments


def loaded_project(
    settings_module: str, settings_file: str, settings: Mapping[str, Any], routes: Iterable[Mapping[str, Any]]
) -> Loaded:
    """What a running project says of itself, from plain values.

    `settings` are those that the project sets, by name; `settings_file` is absolute, or empty where there is none.
    Each of `routes` is a mapping with the fields of `LoadedRoute`. Raises `TypeError` for a field that it does not
    know.
    """
    return Loaded(
        settings_module, settings_file, partial(over, settings), tuple(LoadedRoute(**route) for route in routes)
    )


def audit_project(
    path: Path,
    given: dict[str, Any],
    loaded: Loaded,
    shown: Callable[[str], None],
    told: Callable[[str], None],
) -> int:
    """Audit a running project with the arguments of `add_arguments`; the exit status, 0, 1 or 2.

    `shown` prints the report, `told` a message about the run.
    """
    return run(arguments.options(path, given, loaded=loaded, shown=shown, told=told))


def routes_table(path: Path, loaded: Loaded, *, as_json: bool = False) -> str:
    """Who may enter each route of a running project, as text or as JSON."""
    render = table.as_json if as_json else table.render
    project = Project(path, loaded=loaded)
    return render(project.routes.table, project.skipped())
