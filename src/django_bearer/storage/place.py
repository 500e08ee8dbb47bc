"""Where the tables are: the alias, and the schema that tenants may switch."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, router

from .. import conf
from ..models import Counter, Session

COUNTERS: str = Counter._meta.db_table


def alias() -> str:
    """The database that sessions are written to. Reads go there too: a replica may not know of a logout yet."""
    return router.db_for_write(Session)


def user_alias() -> str:
    """The database that users are written to."""
    return router.db_for_write(get_user_model())


def accounts() -> str:
    """In which table of users a name is looked for, as a text: no request can choose it by a header."""
    using = user_alias()
    return f"{using}/{schema(using)}"


def sessions_of(using: str) -> str | None:
    """The database with the sessions of the users in `using`; None where no session is of these users.

    A user who is saved somewhere else than where users live now, in an archive or for another tenant, is not the one
    who has the same key here. That one's sessions lie beside them, if there are any.
    """
    if using == user_alias():
        return alias()
    return using if Session._meta.db_table in connections[using].introspection.table_names() else None


def schema(using: str) -> str:
    """The schema a tenant package has switched this connection to, or an empty text."""
    return str(getattr(connections[using], "schema_name", "") or "")


def in_transaction(using: str) -> bool:
    """Whether somebody's transaction is open, whose rollback would undo what is written now.

    The one that a TestCase wraps around a test is none, as Django's own `atomic(durable=True)` has it.
    """
    blocks: list[Any] = connections[using].atomic_blocks
    return bool(blocks) and not blocks[-1]._from_testcase


def in_test_transaction(using: str) -> bool:
    """Whether a transaction of Django's `TestCase` is around everything here: it ends with the test.

    Never outside Django's test environment, whatever a transaction is marked with.
    """
    blocks: list[Any] = connections[using].atomic_blocks
    return conf.under_test_runner() and any(block._from_testcase for block in blocks)


def connection(using: str) -> Any:
    """The connection of an alias."""
    return connections[using]
