"""The tables of old packages, read and written by SQL, since the packages may be gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connections, router, transaction
from django.utils.timezone import get_default_timezone

from . import clock

BLANK = "- "
OUTSTANDING = "token_blacklist_outstandingtoken"
BLACKLISTED = "token_blacklist_blacklistedtoken"
_BLACKLIST = f"INSERT INTO {BLACKLISTED} (blacklisted_at, token_id) VALUES (%s, %s)"  # noqa: S608 - constants
_NOTE = f"INSERT INTO {OUTSTANDING} (jti, token, user_id, created_at, expires_at) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608
_READ = (
    f"SELECT o.id, o.user_id, b.id, o.expires_at FROM {OUTSTANDING} o LEFT JOIN {BLACKLISTED} b ON b.token_id = o.id"  # noqa: S608
    " WHERE o.jti = %s"
)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A refresh token that simplejwt has noted when it issued it. `blacklisted` tokens are spent.

    `user_id` is None for one whose user was deleted. `expires_at` is in seconds since 1970.
    """

    row_id: int
    user_id: Any
    blacklisted: bool
    expires_at: int


def alias() -> str:
    """The database that users are written to, beside which these tables lie."""
    return router.db_for_write(get_user_model())


@dataclass(frozen=True, slots=True)
class StoredToken:
    """The row of an opaque token. Times are seconds since 1970; `expires_at` is None for one that never expires."""

    user_id: Any
    created_at: int
    expires_at: int | None


def knox_token(digest: str) -> StoredToken | None:
    """The row of a token of knox, by its digest."""
    row = read_one("SELECT user_id, created, expiry FROM knox_authtoken WHERE digest = %s", digest)
    return row and StoredToken(user_key(row[0]), seconds(row[1]) or 0, seconds(row[2]))


def renew_knox_token(digest: str, expires_at: int) -> None:
    """Store a later expiry, as knox does with `AUTO_REFRESH`."""
    with connections[alias()].cursor() as cursor:
        cursor.execute("UPDATE knox_authtoken SET expiry = %s WHERE digest = %s", [stored_time(expires_at), digest])


def auth_token(key: str) -> StoredToken | None:
    """The row of a token of REST framework's `authtoken`, by its key, which may have been blanked."""
    held = (key, blank(key))
    row = read_one(
        "SELECT authtoken_token.key, user_id, created FROM authtoken_token WHERE authtoken_token.key IN (%s, %s)",
        *held,
    )
    if row is None or row[0] not in held:  # MariaDB takes other letters for the same
        return None
    return StoredToken(user_key(row[1]), seconds(row[2]) or 0, None)


def auth_keys(user_id: Any) -> list[str]:
    """What is stored of a user's keys with `authtoken`: keys in clear, or what has taken their place."""
    with connections[alias()].cursor() as cursor:
        cursor.execute("SELECT authtoken_token.key FROM authtoken_token WHERE user_id = %s", [_stored_user(user_id)])
        return [str(row[0]) for row in cursor.fetchall()]


def delete_knox_token(digest: str) -> None:
    """Delete a token of knox, as its logout does."""
    _run("DELETE FROM knox_authtoken WHERE digest = %s", digest)


def delete_knox_tokens(user_id: Any) -> None:
    """Delete all of a user's tokens of knox, as `logoutall/` does."""
    if exists(KNOX.name):
        _run("DELETE FROM knox_authtoken WHERE user_id = %s", _stored_user(user_id))


def delete_auth_token(user_id: Any) -> None:
    """Delete the key that a user has with `authtoken`."""
    if exists(AUTHTOKEN.name):
        _run("DELETE FROM authtoken_token WHERE user_id = %s", _stored_user(user_id))


@dataclass(frozen=True, slots=True)
class OpaqueTable:
    """A table of opaque tokens: the column of what it stores of a token, its primary key, and that of the expiry."""

    source: str
    name: str
    key: str
    expiry: str | None


@dataclass(frozen=True, slots=True)
class OpaqueRow:
    """What such a table stores of one token. `expires_at` is in seconds since 1970, None for one without an end."""

    stored: str = field(repr=False)
    expires_at: int | None


KNOX = OpaqueTable("knox", "knox_authtoken", "digest", "expiry")
AUTHTOKEN = OpaqueTable("authtoken", "authtoken_token", "key", None)


def opaque_rows(table: OpaqueTable, batch: int, since: int | None = None) -> Iterator[list[OpaqueRow]]:
    """All rows of a table, in the order of its key, or those created from `since` on, in seconds since 1970.

    Each batch is a query of its own: no cursor stays open, and no row is locked.
    """
    connection = connections[alias()]
    key, expiry = connection.ops.quote_name(table.key), table.expiry or "NULL"
    newer = "" if since is None else " AND created >= %s"
    statement = f"SELECT {key}, {expiry} FROM {table.name} WHERE {key} > %s{newer} ORDER BY {key} LIMIT %s"  # noqa: S608
    last = ""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [last, *(() if since is None else (stored_time(since),)), batch])
            found = cursor.fetchall()
        if not found:
            return
        last = str(found[-1][0])
        yield [OpaqueRow(str(row[0]), seconds(row[1])) for row in found]


def blank(key: str) -> str:
    """What takes the place of a key that lay in clear. No client can send it: a space ends a credential."""
    return blank_of(hashlib.sha256(key.encode()).hexdigest())


def blank_of(digest: str) -> str:
    """The same, by the SHA-256 of the key."""
    return f"{BLANK}{digest[:38]}"


def is_blank(stored: str) -> bool:
    """Whether this stands in the place of a key."""
    return stored.startswith(BLANK)


def exists(table: str) -> bool:
    """Whether the database has a table."""
    return table in connections[alias()].introspection.table_names()


def read_one(statement: str, *values: Any) -> Any:
    """The first row that a statement finds, or None."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def _run(statement: str, *values: Any) -> None:
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, values)


def _stored_user(value: Any) -> Any:
    """The primary key of a user as the database's columns hold it."""
    return get_user_model()._meta.pk.get_db_prep_value(value, connections[alias()])


def user_key(value: Any) -> Any:
    """The primary key of a user as its field has it, whatever the database's column holds."""
    return None if value is None else get_user_model()._meta.pk.to_python(value)


def seconds(value: Any) -> int | None:
    """A time as the driver gives it: a datetime with or without a zone, or a string."""
    if value is None:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if found.tzinfo is None:
        found = found.replace(tzinfo=connections[alias()].timezone or get_default_timezone())
    return int(found.timestamp())


def stored_time(seconds: int) -> Any:
    """A time as the database's columns hold it."""
    found = datetime.fromtimestamp(seconds, UTC)
    if not settings.USE_TZ:
        found = found.astimezone(get_default_timezone()).replace(tzinfo=None)
    return connections[alias()].ops.adapt_datetimefield_value(found)


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
    row = read_one(_READ, token_id)
    return None if row is None else Outstanding(row[0], user_key(row[1]), row[2] is not None, seconds(row[3]) or 0)


def note(token_id: str, user_id: Any, expires_at: int) -> Outstanding:
    """The row of a refresh token that simplejwt has not noted, as its own `blacklist()` makes one; without the token.

    Call it in the transaction that spends the token: one with a row may become a session.
    """
    times = [stored_time(clock.seconds()), stored_time(expires_at)]
    with suppress(IntegrityError), transaction.atomic(using=alias()):  # another request may be faster
        _run(_NOTE, token_id, blank(token_id), _stored_user(user_id), *times)
    found = outstanding(token_id)
    if found is None:
        raise IntegrityError("the old refresh token's row was refused")
    return found


def blacklist(row_id: int) -> bool:
    """Put a refresh token on the blacklist. False where another request has: its unique column decides the race.

    Call it in a transaction, and roll that back where the answer is False.
    """
    connection = connections[alias()]
    with connection.cursor() as cursor:
        try:
            cursor.execute(_BLACKLIST, [stored_time(clock.seconds()), row_id])
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
