"""Tenants whose schema a project chooses by a statement of its own: the database is asked, where there can be some.

A tenant package keeps the schema where it is read for nothing. `SET search_path` (PostgreSQL) and `USE` (MariaDB,
MySQL) leave no trace in Python. Whether a database serves tenants in this way is looked at when a key ring is read
from it, which is seldom. Where it does, each question for the schema is one to the database: slower, but no tenant's
keys are remembered for another tenant.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connections

logger = logging.getLogger("django_bearer.security")
_LAST = "_django_bearer_schema"
"""On a connection: what it answered last, for when its transaction has failed and it answers nothing."""
_COUNT = "SELECT count(*) FROM pg_class WHERE relname = %s AND relkind IN ('r', 'p', 'f', 'v')"
_ASK = {"postgresql": "SELECT current_setting('search_path')", "mysql": "SELECT DATABASE()"}
_SAID = "by hand: "
"""Makes what was chosen no schema of a package's, and never empty, as a search path may be."""
_found: set[str] = set()
"""Aliases whose schema is chosen by statements, for as long as the process runs."""


def chosen(using: str) -> str:
    """What was chosen on this connection, for comparing; empty where no statement ever chooses."""
    return _SAID + _ask(using) if using in _found else ""


def is_found(using: str) -> bool:
    """Whether statements choose the schema of this database, as far as is known. Asks nothing."""
    return using in _found


def look(using: str, table: str) -> bool:
    """Look whether tenants of this database are told apart by statements; True where that was not known before.

    On PostgreSQL they are where several schemas have `table`. On MariaDB and MySQL, where other projects may have
    theirs in the next database, they are once the connection has left the database of its settings.
    """
    connection = connections[using]
    if using in _found or connection.vendor not in _ASK or not _is_by_hand(connection, table):
        return False
    _found.add(using)
    logger.warning(
        "the schema of the database %r is chosen by statements, so every request asks which one it is. A package for"
        " tenants, or an alias for each tenant, needs no such questions (docs/guide/tenants.md).",
        using,
    )
    return True


def forget() -> None:
    """Look anew. For tests."""
    _found.clear()


@contextmanager
def back_to(using: str, then: str) -> Iterator[None]:
    """Within it, the connection has chosen `then`, which `chosen` said."""
    connection, before = connections[using], _ask(using)
    _choose(connection, then.removeprefix(_SAID))
    try:
        yield
    finally:
        _choose(connection, before)


def _is_by_hand(connection: Any, table: str) -> bool:
    if connection.vendor == "postgresql":
        return int(_one(connection, _COUNT, [table])) > 1
    return _ask(connection.alias).casefold() != str(connection.settings_dict["NAME"]).casefold()


def _ask(using: str) -> str:
    connection = connections[using]
    try:
        answer = str(_one(connection, _ASK[connection.vendor]))
    except DatabaseError:
        last: str | None = getattr(connection, _LAST, None)
        if last is None:
            raise
        return last
    setattr(connection, _LAST, answer)
    return answer


def _choose(connection: Any, named: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('search_path', %s, false)", [named])
        else:
            cursor.execute(f"USE {connection.ops.quote_name(named)}")


def _one(connection: Any, sql: str, parameters: Any = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]
