"""The tables and triggers of the revocation feed in a test's database, for as long as a test wants them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connections
from django.test import override_settings

from django_bearer import InstallRevocationFeed
from django_bearer.database import feed_reader
from django_bearer.database.feed_reader import Reader
from tests import feed_everywhere


@contextmanager
def installed(database: str) -> Iterator[None]:
    """Within it the feed is there."""
    if feed_everywhere.IS_ON:
        feed_everywhere.install(database)
        yield
        return
    operation = InstallRevocationFeed()
    with connections[database].schema_editor() as editor:
        operation.database_forwards("project", editor, None, None)
    try:
        yield
    finally:
        feed_reader.stop()
        with connections[database].schema_editor() as editor:
            operation.database_backwards("project", editor, None, None)


@contextmanager
def feed_mode(database: str, **bearer: Any) -> Iterator[None]:
    """Within it requests are authenticated by the feed, which has forgotten that it is new."""
    with installed(database), override_settings(BEARER={**settings.BEARER, "REVOCATION": "feed", **bearer}):
        forget_that_it_is_new(database)
        yield


def forget_that_it_is_new(database: str) -> None:
    """As two hours after the migration: nobody has to be asked for because of it."""
    Reader(database, 60.0).step()
    with connections[database].cursor() as cursor:
        cursor.execute("DELETE FROM django_bearer_feed")
        cursor.execute("UPDATE django_bearer_feed_counter SET last = 0")
