"""What every race stands on: a database, with and without ATOMIC_REQUESTS, a user, threads and the HTTP layer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections

from django_bearer.models import RevokedToken, Session, SigningKey
from tests import databases
from tests.conftest import PASSWORD
from tests.long_waits import long_waits

from .processes import Processes
from .threads import Api, ThreadGroup

TRIALS = int(os.environ.get("TRIALS", "2"))


def leave_what_signs() -> None:
    """Forget all else that a trial left: over a ring that grows, each would take longer than the one before."""
    SigningKey.objects.filter(use="sig").exclude(state="active").delete()
    RevokedToken.objects.all().delete()
    Session.objects.all().delete()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The short run races on PostgreSQL only; the long run races on every database."""
    for item in items:
        if not item.path.is_relative_to(Path(__file__).parent):
            continue
        chosen = getattr(item, "callspec", None)
        if chosen and chosen.params.get("database", "postgres") != "postgres":
            item.add_marker(pytest.mark.hard)


@pytest.fixture(params=[False, True], ids=["plain", "atomic"])
def atomic_requests(request: pytest.FixtureRequest, database: str) -> bool:
    """Whether every view of the project runs in a transaction."""
    return bool(request.param)


@pytest.fixture
def place(database: str, atomic_requests: bool, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """One of the databases, set up as the test project has it; its throttles are out of the way."""
    monkeypatch.setitem(connections[database].settings_dict, "ATOMIC_REQUESTS", atomic_requests)
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    wide = "1000000/second"
    settings.BEARER = {
        **settings.BEARER,
        "LOGIN_RATE_LIMITS": {"address": wide, "address_account": wide, "account": wide},
        "REFRESH_RATE_LIMITS": {"address": wide, "session": wide},
    }
    with long_waits():
        yield database


@pytest.fixture
def threads() -> Iterator[ThreadGroup]:
    with ThreadGroup() as found:
        yield found


@pytest.fixture
def api(place: str) -> Api:
    return Api()


@pytest.fixture
def user(place: str) -> Any:
    return get_user_model().objects.create_user("ann@example.com", password=PASSWORD)


@pytest.fixture(scope="session")
def processes(django_db_setup: None) -> Iterator[Processes]:
    with Processes(8, databases.as_they_are()) as found:
        yield found
