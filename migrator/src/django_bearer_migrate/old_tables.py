"""The tables of simplejwt's blacklist app, read and written by SQL, since the package may be gone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connections, router, transaction

from . import clock

OUTSTANDING = "token_blacklist_outstandingtoken"
BLACKLISTED = "token_blacklist_blacklistedtoken"


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A refresh token that simplejwt has noted when it issued it. `blacklisted` tokens are spent."""

    row_id: int
    user_id: Any
    blacklisted: bool


def alias() -> str:
    """The database that users are written to, beside which these tables lie."""
    return router.db_for_write(get_user_model())


_there: set[str] = set()
"""Databases that have the tables; those that have not are asked again."""


def have_blacklist() -> bool:
    """Whether simplejwt's blacklist is there."""
    using = alias()
    if using not in _there and {OUTSTANDING, BLACKLISTED} <= set(connections[using].introspection.table_names()):
        _there.add(using)
    return using in _there


def outstanding(token_id: str) -> Outstanding | None:
    """The row of a refresh token, by its id; None where simplejwt has noted none."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(
            f"SELECT o.id, o.user_id, b.id FROM {OUTSTANDING} o LEFT JOIN {BLACKLISTED} b ON b.token_id = o.id"  # noqa: S608 - constants
            " WHERE o.jti = %s",
            [token_id],
        )
        row = cursor.fetchone()
    return None if row is None else Outstanding(row[0], row[1], row[2] is not None)


def blacklist(row_id: int) -> bool:
    """Put a refresh token on the blacklist. False where another request has: its unique column decides the race.

    Call it in a transaction, and roll that back where the answer is False.
    """
    connection = connections[alias()]
    now = datetime.fromtimestamp(clock.seconds(), UTC)
    value = connection.ops.adapt_datetimefield_value(now if settings.USE_TZ else now.replace(tzinfo=None))
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"INSERT INTO {BLACKLISTED} (blacklisted_at, token_id) VALUES (%s, %s)", [value, row_id])  # noqa: S608
        except IntegrityError:
            return False
    return True


def blacklist_if_absent(row_id: int) -> None:
    """The same, where it does not matter who was first."""
    with suppress(_Rollback), transaction.atomic(using=alias()):
        if not blacklist(row_id):
            raise _Rollback


class _Rollback(Exception):
    """Ends the inner transaction, which the refused insert has broken on PostgreSQL."""
