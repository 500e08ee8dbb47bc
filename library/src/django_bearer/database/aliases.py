"""Where the tables are: the alias, and the schema that tenants may switch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connections, router

from .. import conf
from ..conf import django_settings
from ..models import RateLimitCounter, Session, SigningKey
from . import schemas_by_hand

COUNTERS: str = RateLimitCounter._meta.db_table

PGSCHEMAS = "django_pgschemas.schema"
"""Keeps the schema in a context variable; django-tenants and django-tenant-schemas keep it on the connection."""
P = ParamSpec("P")
Result = TypeVar("Result")

_alias: ContextVar[str | None] = ContextVar("django_bearer_alias", default=None)


class DatabaseContext(NamedTuple):
    """What tables a statement would reach now: our own, and those of the users."""

    alias: str
    schema: str
    user_alias: str
    user_schema: str


def current_context() -> DatabaseContext:
    """The place as it is now; a middleware for tenants may change it within one request."""
    using, users = sessions_alias(), user_alias()
    named = schema(using)
    return DatabaseContext(using, named, users, named if users == using else schema(users))


def sessions_place() -> tuple[str, str]:
    """Where sessions and keys are now: the alias and the schema."""
    using = sessions_alias()
    return using, schema(using)


def sessions_alias() -> str:
    """The database that sessions are written to. Reads go there too: a replica may not know of a logout yet."""
    return _alias.get() or (router.db_for_write(Session) if router.routers else DEFAULT_DB_ALIAS)


def user_alias() -> str:
    """The database that users are written to."""
    # Without a router Django asks nobody, and takes a while for it.
    return router.db_for_write(user_model()) if router.routers else DEFAULT_DB_ALIAS


def user_model() -> Any:
    """The class of users, as `get_user_model()` finds it in twenty times the time."""
    named = django_settings.value("AUTH_USER_MODEL")
    found = _user_models.get(named)
    if found is None:
        found = _user_models[named] = get_user_model()
    return found


_user_models: dict[str, Any] = {}


def accounts() -> str:
    """In which table of users a name is looked for, as a text: no request can choose it by a header.

    Where all tenants share the users it is the same for every tenant, whichever schema is chosen.
    """
    using = user_alias()
    return f"{using}/{_schema_of_users(using)}"


_users_in: dict[tuple[str, str, str], str] = {}
"""By alias, schema chosen and table: the schema that holds the users. As many as there are tenants."""
MAX_SCHEMAS = 4096
"""Past it they are asked for again: a middleware of a project's own may choose a schema by what a host names."""


def _schema_of_users(using: str) -> str:
    """The schema that the table of users is found in: the tenant's own, or one that tenants share.

    The database is asked, once for each schema that a tenant package chooses: which apps have a table for each
    tenant, every package says in a way of its own.
    """
    named, table = schema(using), get_user_model()._meta.db_table
    if not named or connections[using].vendor != "postgresql":
        return named
    found = _users_in.get((using, named, table))
    if found is None:
        with connections[using].cursor() as cursor:
            cursor.execute(_SCHEMA_OF, [connections[using].ops.quote_name(table)])
            row = cursor.fetchone()
        if row is None:
            return named  # there is no such table yet
        if len(_users_in) >= MAX_SCHEMAS:
            _users_in.clear()
        found = _users_in[using, named, table] = str(row[0])
    return found


_SCHEMA_OF = (
    "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)"
)


def of(row: Any) -> str:
    """The database that this very row would be written to: not its model's own where it was read with `using()`."""
    return router.db_for_write(row._meta.model, instance=row)


@contextmanager
def at(using: str) -> Iterator[None]:
    """Within it, sessions and all that lies beside them are those of this database."""
    token = _alias.set(using)
    try:
        yield
    finally:
        _alias.reset(token)


def sessions_of(using: str) -> str | None:
    """The database with the sessions of the users in `using`; None where no session is of these users.

    A user who is saved somewhere else than where users live now, in an archive or for another tenant, is not the one
    who has the same key here. That one's sessions lie beside them, if there are any.
    """
    if using == user_alias():
        return sessions_alias()
    return using if Session._meta.db_table in connections[using].introspection.table_names() else None


def schema(using: str) -> str:
    """The schema this connection was switched to, by a tenant package or a statement, or an empty text."""
    connection = connections[using]
    named = getattr(connection, "schema_name", None)
    if named is None and (package := _pgschemas(connection)) is not None:
        named = package.get_current_schema().schema_name
    return str(named or "") or schemas_by_hand.chosen(using)


def has_one_schema() -> bool:
    """Whether no package and no statement ever chooses a schema, so that every thread has the same one."""
    using = sessions_alias()
    plain = type(connections[using]).__module__.startswith("django.db.backends.")
    return plain and not _has_package(using) and not schemas_by_hand.is_found(using)


def look_for_schemas() -> bool:
    """Look whether a statement chooses the tenant, here or where the users are; True where that is news."""
    ours, users = sessions_alias(), user_alias()
    tables = {users: get_user_model()._meta.db_table, ours: SigningKey._meta.db_table}
    news = [schemas_by_hand.look(using, table) for using, table in tables.items() if not _has_package(using)]
    return any(news)


def _has_package(using: str) -> bool:
    connection = connections[using]
    return hasattr(connection, "schema_name") or _pgschemas(connection) is not None


def in_transaction(using: str) -> bool:
    """Whether somebody's transaction is open, whose rollback would undo what is written now.

    With autocommit off one always is. The one that a TestCase wraps around a test is none, as Django's own
    `atomic(durable=True)` has it.
    """
    blocks: list[Any] = connections[using].atomic_blocks
    return not (blocks[-1]._from_testcase if blocks else connections[using].get_autocommit())


def in_test_transaction(using: str) -> bool:
    """Whether a transaction of Django's `TestCase` is around everything here: it ends with the test.

    Never outside Django's test environment, whatever a transaction is marked with.
    """
    blocks: list[Any] = connections[using].atomic_blocks
    return conf.under_test_runner() and any(block._from_testcase for block in blocks)


def connection(using: str) -> Any:
    """The connection of an alias."""
    return connections[using]


def bound(write: Callable[P, Result]) -> Callable[P, Result]:
    """The same write, to be made later: it goes to the database and the schema that are chosen now.

    By then a middleware for tenants may have put back what it had switched.
    """
    using = sessions_alias()
    enter = _switch(using)

    def later(*args: P.args, **kwargs: P.kwargs) -> Result:
        with at(using), enter():
            return write(*args, **kwargs)

    return later


def _switch(using: str) -> Callable[[], Any]:
    """A context manager that brings back the schema that is set now."""
    named, tenant = schema(using), getattr(connections[using], "tenant", None)
    package = _pgschemas(connections[using])
    context = package.get_current_schema() if package is not None else None

    @contextmanager
    def switched() -> Iterator[None]:
        if schema(using) == named:
            yield
        elif package is not None:
            with package.override(context):
                yield
        elif not _has_package(using):
            with schemas_by_hand.back_to(using, named):
                yield
        else:
            switching: Any = connections[using]
            before = switching.tenant
            switching.set_tenant(tenant)
            try:
                yield
            finally:
                switching.set_tenant(before)

    return switched


def _pgschemas(connection: Any) -> Any:
    """django-pgschemas, where it made this connection."""
    kind = type(connection)
    made = _by_pgschemas.get(kind)
    if made is None:
        made = _by_pgschemas[kind] = kind.__module__.startswith("django_pgschemas.")
    return sys.modules.get(PGSCHEMAS) if made else None


_by_pgschemas: dict[type, bool] = {}
"""Whether that package made this class of connections: a project has few."""
