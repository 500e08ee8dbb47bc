"""The tables of django-oauth-toolkit 2 and 3, read and written by SQL, since the package may be gone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.views.decorators.debug import sensitive_variables

from . import clock, old_tables
from .old_tables import alias, read_one, seconds, stored_time, user_key

ACCESS, REFRESH = "oauth2_provider_accesstoken", "oauth2_provider_refreshtoken"
APPLICATION = "oauth2_provider_application"
CHECKSUM = "token_checksum"
"""The column that finds a token; before version 3 it was the token itself."""


@dataclass(frozen=True, slots=True)
class StoredAccess:
    """The row of an access token. `resources` are the audiences that it is bound to; without any it is for all."""

    row_id: int
    user_id: Any
    expires_at: int
    scopes: frozenset[str]
    application_id: int | None
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredRefresh:
    """The row of a refresh token, and that of the access token beside it, without which it is of no use."""

    row_id: int
    user_id: Any
    revoked: bool
    application_id: int
    access: StoredAccess | None


@dataclass(frozen=True, slots=True)
class Application:
    """A client. `secret` is what its row stores: hashed by Django, or in clear."""

    row_id: int
    client_id: str
    is_public: bool
    secret: str = field(repr=False)


@sensitive_variables()
def access(token: str) -> StoredAccess | None:
    """The row of an access token; None for one that is not there, such as one that was revoked."""
    statement = f"SELECT {_access_columns()} FROM {ACCESS} a WHERE a.{_finder(ACCESS)} = %s"  # noqa: S608
    row = read_one(statement, _finding(ACCESS, token))
    return row and _access(row)


@sensitive_variables()
def refresh(token: str) -> StoredRefresh | None:
    """The row of a refresh token, the one that is not revoked where there are several.

    One statement reads both rows: between two, another request could spend the token and delete the second row.
    """
    statement = (
        f"SELECT r.id, r.user_id, r.revoked, r.application_id, {_access_columns()} FROM {REFRESH} r"  # noqa: S608
        f" LEFT JOIN {ACCESS} a ON a.id = r.access_token_id WHERE r.{_finder(REFRESH)} = %s"
        " ORDER BY CASE WHEN r.revoked IS NULL THEN 0 ELSE 1 END"
    )
    row = read_one(statement, _finding(REFRESH, token))
    if row is None:
        return None
    paired = None if row[4] is None else _access(row[4:])
    return StoredRefresh(row[0], user_key(row[1]), row[2] is not None, row[3], paired)


def application(client_id: str) -> Application | None:
    """The client of this id."""
    statement = f"SELECT id, client_id, client_type, client_secret FROM {APPLICATION} WHERE client_id = %s"  # noqa: S608
    row = read_one(statement, client_id)
    return row and Application(row[0], row[1], row[2] == "public", row[3] or "")


def client_id_of(application_id: int | None) -> str:
    """The id of a client by its row; empty for a token of none."""
    row = read_one(f"SELECT client_id FROM {APPLICATION} WHERE id = %s", application_id)  # noqa: S608
    return str(row[0]) if row else ""


def spend(found: StoredRefresh) -> bool:
    """Mark a refresh token revoked and delete its access token. False where another request did: its row decides.

    Call it in a transaction.
    """
    now = stored_time(clock.seconds())
    statement = f"UPDATE {REFRESH} SET revoked = %s, access_token_id = NULL WHERE id = %s AND revoked IS NULL"  # noqa: S608
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, [now, found.row_id])
        if cursor.rowcount != 1:
            return False
    if found.access is not None:
        delete_access(found.access)
    return True


def delete_access(found: StoredAccess) -> None:
    """Delete an access token, which is how the package revokes it. No refresh token points at it any more."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(f"UPDATE {REFRESH} SET access_token_id = NULL WHERE access_token_id = %s", [found.row_id])  # noqa: S608
        cursor.execute(f"DELETE FROM {ACCESS} WHERE id = %s", [found.row_id])  # noqa: S608


def _access_columns() -> str:
    bound = "a.resource" if "resource" in _columns(ACCESS) else "NULL"
    return f"a.id, a.user_id, a.expires, a.scope, a.application_id, {bound}"


def _access(row: Any) -> StoredAccess:
    scopes = frozenset(str(row[3]).split())
    return StoredAccess(row[0], user_key(row[1]), seconds(row[2]) or 0, scopes, row[4], _resources(row[5]))


def _resources(value: Any) -> tuple[str, ...]:
    """What the column holds: a JSON list, as text or taken apart by the driver."""
    found = json.loads(value) if isinstance(value, str) and value else value
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _finder(table: str) -> str:
    return CHECKSUM if CHECKSUM in _columns(table) else "token"


@sensitive_variables()
def _finding(table: str, token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest() if _finder(table) == CHECKSUM else token


_known: dict[tuple[str, str], frozenset[str]] = {}


def _columns(table: str) -> frozenset[str]:
    """The columns of a table, asked once a process for a table that is there."""
    key = (alias(), table)
    if key not in _known:
        connection = connections[alias()]
        with connection.cursor() as cursor:
            found = connection.introspection.get_table_description(cursor, table)
        _known[key] = frozenset(column.name for column in found)
    return _known[key]


def forget() -> None:
    """Ask for the columns again. For tests."""
    _known.clear()


def exist() -> bool:
    """Whether the package's tables are there."""
    return old_tables.exists(ACCESS) and old_tables.exists(REFRESH)
