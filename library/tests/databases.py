"""Which databases the tests run on: a SQLite file always; PostgreSQL and MariaDB once `announce` has told of them.

A test that is to run on all of them asks for the fixture `database`, and gets its alias; the router then sends
everything there. `postgres_strict` is the same PostgreSQL database at REPEATABLE READ.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest

SERVERS = "BEARER_TEST_SERVERS"
"""Names, in the environment, the servers that run: alias to Django's settings, as JSON."""
WHOLE = "BEARER_TEST_DATABASES"
"""The variable that passes the databases to a child process, with the names of the test databases."""

NO_FLUSH = "PRAGMA synchronous=off"
"""As the servers of the tests: what is written survives every death of a process, and the machine does not die."""

_active = "default"


def databases() -> dict[str, dict[str, Any]]:
    """Django's DATABASES, from what the environment names."""
    if WHOLE in os.environ:
        return _with_driver(json.loads(os.environ[WHOLE]))
    found = {"default": _sqlite()}
    for alias, given in json.loads(os.environ.get(SERVERS, "{}")).items():
        found[alias] = given
        if given["ENGINE"].endswith("postgresql"):
            # Django's own option would leave statements outside a transaction at READ COMMITTED.
            strict = {**given.get("OPTIONS", {}), "options": r"-c default_transaction_isolation=repeatable\ read"}
            found[f"{alias}_strict"] = {**given, "OPTIONS": strict, "TEST": {"MIRROR": alias}}
    return _with_driver(found)


def announce(servers: dict[str, dict[str, Any]]) -> None:
    """Let this process, in which Django already runs, know of servers that have been started since."""
    from django.db import connections

    os.environ[SERVERS] = json.dumps({**json.loads(os.environ.get(SERVERS, "{}")), **servers})
    here = connections.settings
    here |= connections.configure_settings({**databases(), **here})


def as_they_are() -> dict[str, str]:
    """What a child process needs in its environment to find the very databases of this one."""
    from django.db import connections

    names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS", "CONN_MAX_AGE")
    known = {
        alias: {name: connections[alias].settings_dict[name] for name in names} for alias in connections.settings
    }
    return {WHOLE: json.dumps(known)}


@contextmanager
def use(alias: str) -> Iterator[None]:
    """Send every query of this process to `alias` for a while."""
    global _active
    before, _active = _active, alias
    try:
        yield
    finally:
        _active = before


def active() -> str:
    """The alias that every query goes to now."""
    return _active


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


def _sqlite() -> dict[str, Any]:
    folder = os.environ.get("BEARER_TEST_FOLDER") or tempfile.gettempdir()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    file = os.path.join(folder, f"django-bearer-{os.getpid()}-{worker}.sqlite3")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {"timeout": 900, "init_command": f"PRAGMA journal_mode=wal; {NO_FLUSH}"},
        "CONN_MAX_AGE": None,
        "TEST": {"NAME": file},
    }


def _with_driver(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """PyMySQL stands in for mysqlclient, which has no wheel."""
    if any(given["ENGINE"].endswith("mysql") for given in found.values()):
        import_module("pymysql").install_as_MySQLdb()
    return found


def _parameter(alias: str, *also: str) -> Any:
    return pytest.param(alias, marks=pytest.mark.django_db(transaction=True, databases=[alias, *also]))


EVERY = (
    _parameter("default"),
    _parameter("postgres"),
    _parameter("postgres_strict", "postgres"),
    _parameter("mariadb"),
)
"""Each database there is, for a fixture or a test to be parametrised with."""
LONG = tuple(
    each if "postgres" in each.values else pytest.param(*each.values, marks=[*each.marks, pytest.mark.hard])
    for each in EVERY
)
"""Each of them in the long run; the short run has PostgreSQL alone. For what takes seconds on each."""
SERVER_OF = {"postgres": "postgres", "postgres_strict": "postgres", "mariadb": "mariadb"}
"""Which server has to run for an alias."""
