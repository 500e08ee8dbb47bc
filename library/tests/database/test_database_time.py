"""What a process says the database's time is now is never more than what the database says afterwards."""

from __future__ import annotations

import pytest
from django.db import connections

from django_bearer.database import database_time, issuers


def test_time_that_passed_here_is_not_ahead_of_the_database(database: str) -> None:
    """A login must not lie in the future of the request that follows it."""
    for _ in range(100):
        state = issuers.state("https://example.com", None)
        said = state.later()
        assert said <= issuers.now()
        assert connections[database].vendor != "sqlite" or said % 1_000 == 0, "SQLite shows whole milliseconds"


@pytest.mark.parametrize(("vendor", "shown"), [("sqlite", 5_000), ("postgresql", 5_999), ("mysql", 5_999)])
def test_a_clock_shows_its_own_steps(vendor: str, shown: int) -> None:
    assert database_time.shown(5_999, vendor) == shown
