"""The tables: each change of a model has its migration."""

from __future__ import annotations

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


def test_no_migration_is_missing() -> None:
    made = MigrationLoader(None).project_state()
    changes = MigrationAutodetector(made, ProjectState.from_apps(apps)).changes(MigrationLoader(None).graph)
    assert "django_bearer_migrate" not in changes
