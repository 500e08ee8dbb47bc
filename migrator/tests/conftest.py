"""What every test stands on: its servers, a clock that can be moved, and no state of another test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from django_bearer.primitives import clock as library_clock
from django_bearer_migrate import account_state, clock, dot_tables, old_tables, settings, usage
from django_bearer_migrate.compat import client_guesses
from django_bearer_migrate.models import MoveStart
from library.tests import databases
from library.tests.databases import SERVER_OF
from tools.support import servers

FOLDER = "BEARER_TEST_FOLDER"
PASSWORD = "correct horse battery staple"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="bearer-")
        os.environ[servers.RUN] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and FOLDER in os.environ:
        servers.stop(Path(os.environ.pop(FOLDER)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the servers that these tests ask for. Without PostgreSQL nothing is run; MariaDB may be missing."""
    wanting: dict[str, list[pytest.Item]] = {}
    for item in session.items:
        for mark in item.iter_markers("django_db"):
            for alias in mark.kwargs.get("databases") or ():
                wanting.setdefault(SERVER_OF.get(alias, ""), []).append(item)
    wanting.pop("", None)
    if session.config.option.collectonly:
        return
    started = {}
    for name, items in wanting.items():
        try:
            started[name] = servers.ensure(name, Path(os.environ[FOLDER]))
        except servers.Missing as missing:
            if name == "postgres" or os.environ.get("CI") == "true":
                pytest.exit(str(missing), returncode=1)
            for item in items:
                item.add_marker(pytest.mark.skip(str(missing)))
    databases.announce(started)


def day(after: int) -> str:
    """The date that many days from today."""
    return (datetime.now(UTC).date() + timedelta(days=after)).isoformat()


def bridge(**entry: Any) -> dict[str, Any]:
    """`BEARER_MIGRATE` with these changes."""
    return {"simplejwt": {"UNTIL": day(90), "SCOPES": ["notes:read"], "TRADE": True, **entry}}


@pytest.fixture(autouse=True)
def fresh(settings: Any) -> Iterator[None]:
    """Settings with the bridge, and nothing remembered."""
    settings.BEARER_MIGRATE = bridge()
    yield
    forget()


def forget() -> None:
    library_clock.reset()
    account_state.forget()
    usage.forget()
    settings.forget()
    old_tables._there.clear()
    dot_tables.forget()
    client_guesses.forget()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that moves every clock by that many seconds."""

    def move(by: int) -> None:
        now = clock.seconds
        monkeypatch.setattr(clock, "seconds", lambda: now() + by)
        library_clock.advance(by)

    return move


@pytest.fixture
def ann(db: Any, django_user_model: Any) -> Any:
    """A user whose state was recorded."""
    return begin(django_user_model.objects.create_user("ann", password=PASSWORD))


@pytest.fixture
def not_begun(db: Any) -> None:
    """A database as that of a project with accounts: nobody has run `bearer_migrate start`."""
    MoveStart.objects.all().delete()


def begin(user: Any) -> Any:
    """The user, after the move has begun."""
    for _ in account_state.start():
        pass
    return user
