"""A pytest plugin: every test runs in feed mode where BEARER_TEST_REVOCATION is `feed`, as far as it can have it.

What a test's own transaction has changed, its own reader sees. So the feed is asked there, too, which in production
it never is within a transaction. Each test begins with a feed that has settled, as two hours after the migration.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connections

from django_bearer.errors import ConfigurationError
from tests import databases

IS_ON = os.environ.get("BEARER_TEST_REVOCATION") == "feed"


def exact_mode(reason: str) -> pytest.MarkDecorator:
    """A mark for what only exact mode can show; the reason says why. In feed mode it is skipped."""
    return pytest.mark.skipif(IS_ON, reason=reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """The test itself, after its fixtures have made users and tokens."""
    if not IS_ON or getattr(item.module, "MAKES_ITS_OWN_FEED", False):  # type: ignore[attr-defined]
        return (yield)
    from django_bearer.database.feed_reader import Reader
    from django_bearer.sessions import feed_verification

    settle(databases_of(item))
    polls = patch.object(Reader, "_read_here", uncounted(Reader._read_here))
    with patch.object(feed_verification, "_in_transaction", in_transaction), polls:
        return (yield)


def in_transaction(using: str) -> bool:
    """Whether a transaction is open that is not the test's own. As the original it connects nothing."""
    blocks: list[Any] = connections[using].atomic_blocks
    return bool(blocks) and not blocks[-1]._from_testcase


def uncounted(poll: Any) -> Any:
    """The same poll, which a thread makes where no test runs: no test that counts statements is to see it."""

    def read(self: Any) -> None:
        log = connections[self.using].queries_log
        before = list(log)
        poll(self)
        log.clear()
        log.extend(before)

    return read


def databases_of(item: pytest.Item) -> set[str]:
    """The databases that a test may use."""
    mark = item.get_closest_marker("django_db")
    given = mark.kwargs.get("databases") if mark is not None else None
    if given is not None:
        return set(connections if given == "__all__" else given)
    fixtures = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return {"default"} if mark is not None or fixtures else set()


def settle(names: set[str]) -> None:
    """Forget that triggers are new and tables were emptied: nobody has to be asked for because of it."""
    from django_bearer.database import feed_reader
    from django_bearer.database.feed_reader import Reader

    feed_reader.stop()
    for name in names:
        with databases.use(name), suppress(ConfigurationError, DatabaseError):
            install(name)
            Reader(name, 60.0).step()
            with connections[name].cursor() as cursor:
                cursor.execute("DELETE FROM django_bearer_feed WHERE kind = 'all'")


def install(name: str) -> None:
    """Make the triggers where the migration has not: it makes them where sessions are, which a test may choose."""
    from django_bearer import InstallRevocationFeed
    from django_bearer.database import feed_presence

    if not connections[name].in_atomic_block and feed_presence.missing(name):
        with connections[name].schema_editor() as editor:
            InstallRevocationFeed().database_forwards("project", editor, None, None)
