"""Feed mode for the cases that measure it: the tables and triggers that a migration makes, and the setting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


def install() -> None:
    """Make tables and triggers, as two hours ago: after that nobody is asked for because they are new."""
    from django_bearer import InstallRevocationFeed
    from django_bearer.database.feed_reader import Reader

    with connection.schema_editor() as editor:
        InstallRevocationFeed().database_forwards("benchmark", editor, None, None)
    Reader("default", 1.0).step()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_bearer_feed")
        cursor.execute("UPDATE django_bearer_feed_counter SET last = 0")


@contextmanager
def mode() -> Iterator[None]:
    """Within it requests are answered by the feed, which a thread of this process reads."""
    if _FEED:
        bearer = _FEED[0]
    else:
        bearer = {**settings.BEARER, "REVOCATION": "feed"}
        _FEED.append(bearer)
    before, settings.BEARER = settings.BEARER, bearer
    try:
        yield
    finally:
        settings.BEARER = before


_FEED: list[dict[str, object]] = []
