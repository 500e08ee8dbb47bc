"""Which databases the tests run on: SQLite always; PostgreSQL and MariaDB where `tests/servers.py` started them.

Race tests choose one at run time: the router sends everything to the alias that `use` names.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql.psycopg_any import IsolationLevel

_active = "default"


def databases() -> dict[str, dict[str, Any]]:
    """Django's DATABASES, from the servers that the environment names."""
    folder = os.environ.get("BEARER_TEST_FOLDER") or tempfile.gettempdir()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    file = os.path.join(folder, f"django-bearer-{os.getpid()}-{worker}.sqlite3")
    found: dict[str, dict[str, Any]] = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": file,
            "OPTIONS": {"timeout": 20, "init_command": "PRAGMA journal_mode=wal;"},
            "TEST": {"NAME": file},
        }
    }
    for alias, given in json.loads(os.environ.get("BEARER_TEST_SERVERS", "{}")).items():
        found[alias] = given
        if given["ENGINE"].endswith("postgresql"):
            strict = {**given.get("OPTIONS", {}), "isolation_level": IsolationLevel.REPEATABLE_READ}
            found[f"{alias}_strict"] = {**given, "OPTIONS": strict, "TEST": {"MIRROR": alias}}
    return found


@contextmanager
def use(alias: str) -> Iterator[None]:
    """Send every query of this process to `alias` for a while."""
    global _active
    before, _active = _active, alias
    try:
        yield
    finally:
        _active = before


class Router:
    """Everything to the active alias, in every thread."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _active

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return _active

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return True
