"""The tables and triggers of the revocation feed: what is watched, and the SQL that does it on each vendor.

A trigger writes an entry in the transaction of the change itself, whoever makes the change: the ORM, an update of
many rows, or SQL by hand. The name of a trigger ends with a digest of its text, so that the names alone tell whether
those of now are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model

from ..models import Issuer, RevokedToken, Session, UserTokenVersion
from . import aliases, feed_obstacles, feed_unique
from .database_time import sql as now_sql

ENTRIES = "django_bearer_feed"
COUNTER = "django_bearer_feed_counter"
PREFIX = "bearer_feed_"
KEPT_AFTER_END = 7_200_000_000
"""Microseconds after its absolute end from which the row of a session may be deleted without an entry."""
SESSION_COLUMNS = (
    *("id", "user", "issuer", "client_id", "scope", "binding", "authenticated_at", "password_fingerprint"),
    *("rehashed_fingerprint", "user_epoch", "issuer_epoch", "revoked_at"),
)
"""Whatever of a session decides and is not in a token. Its two ends count only where one comes nearer."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One trigger: on which table and event, under which condition, and what its entry says. All of it SQL.

    `source` says where the entries come from where they are not about the row itself; then it runs before the event.
    """

    label: str
    table: str
    event: str
    condition: str
    kind: str
    name: str
    source: str = ""

    def trigger(self) -> str:
        """The trigger's name, which another condition or entry would change."""
        text = "\0".join((self.table, self.event, self.condition, self.kind, self.name, self.source))
        event = self.event.split()[0].lower()
        return f"{PREFIX}{self.label}_{event}_{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def watches(using: str) -> list[Watch]:
    """Every trigger that the feed needs."""
    build = _Builder(aliases.connection(using))
    user, subject = get_user_model(), feed_obstacles.subject_field()
    active = [name for name in ("is_active",) if any(f.attname == name for f in user._meta.local_concrete_fields)]
    decisive = dict.fromkeys((user._meta.pk.name, subject.name, "password", *active))
    ends = (build.lower(Session, "idle_ends_at"), build.lower(Session, "ends_at"))
    ended = f"{build.old(Session, 'ends_at')} > {now_sql(build.vendor)} - {KEPT_AFTER_END}"
    of_epoch = build.subject_of(user, subject, UserTokenVersion, "user")
    return [
        build.update("session", Session, SESSION_COLUMNS, "'session'", build.old_text(Session, "id"), *ends),
        build.made("session", Session, "DELETE", "'session'", build.old_text(Session, "id"), ended),
        build.made("revoked", RevokedToken, "INSERT", "'digest'", build.digest(RevokedToken, "digest")),
        build.update("revoked", RevokedToken, ("digest",), "'digest'", build.digest(RevokedToken, "digest")),
        build.made("epoch", UserTokenVersion, "INSERT", "'user'", of_epoch),
        build.update("epoch", UserTokenVersion, ("user", "epoch"), "'user'", of_epoch),
        build.made("issuer", Issuer, "INSERT", "'issuer'", build.new_text(Issuer, "name")),
        build.update("issuer", Issuer, ("name", "ring_version", "epoch"), "'issuer'", build.new_text(Issuer, "name")),
        build.update("issuer_name", Issuer, ("name",), "'issuer'", build.old_text(Issuer, "name")),
        build.made("issuer", Issuer, "DELETE", "'issuer'", build.old_text(Issuer, "name")),
        build.update("user", user, decisive, "'user'", build.old_text(user, subject.name)),
        build.made("user", user, "DELETE", "'user'", build.old_text(user, subject.name)),
        *build.emptied("session", Session),
        *build.emptied("user", user),
        *build.emptied("issuer", Issuer),
        *build.replaced("session", using, Session, "'session'", "id"),
        *build.replaced("user", using, user, "'user'", subject.name),
        *build.replaced("issuer", using, Issuer, "'issuer'", "name"),
    ]


def install(using: str) -> Iterator[str]:
    """The statements that make the tables and triggers anew; the first entry says that all may have changed."""
    connection = aliases.connection(using)
    yield from _tables(connection.vendor)
    yield from remove_triggers(using)
    for watch in watches(using):
        yield from _create(connection, watch)
    yield f"UPDATE {COUNTER} SET triggers = ''"  # noqa: S608 - our own names
    yield f"INSERT INTO {ENTRIES} (kind, name) VALUES ('all', '')"  # noqa: S608


def remove(using: str) -> Iterator[str]:
    """The statements that take triggers and tables away."""
    yield from remove_triggers(using)
    yield f"DROP TABLE IF EXISTS {ENTRIES}"
    yield f"DROP TABLE IF EXISTS {COUNTER}"


def remove_triggers(using: str) -> Iterator[str]:
    """The statements that take away every trigger of the feed, those of an earlier text too."""
    connection = aliases.connection(using)
    quote = connection.ops.quote_name
    for name, table in sorted(existing(using)):
        if connection.vendor == "postgresql":
            yield f"DROP TRIGGER {quote(name)} ON {quote(table)}"
            yield f"DROP FUNCTION IF EXISTS {quote(name)}()"
        else:
            yield f"DROP TRIGGER {quote(name)}"


_EXISTING = {
    "postgresql": (
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname LIKE 'bearer\\_feed\\_%' AND pg_table_is_visible(c.oid)"
    ),
    "mysql": (
        "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS"
        " WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME LIKE 'bearer\\_feed\\_%'"
    ),
    "sqlite": (
        "SELECT name, tbl_name FROM sqlite_master"
        " WHERE type = 'trigger' AND name LIKE 'bearer\\_feed\\_%' ESCAPE '\\'"
    ),
}


class _Builder:
    """Writes conditions and entries in the SQL of one vendor."""

    def __init__(self, connection: Any) -> None:
        self.vendor: str = connection.vendor
        self.quote = connection.ops.quote_name

    def update(self, label: str, model: Any, names: Any, kind: str, name: str, *more: str) -> Watch:
        condition = " OR ".join([*(self._differs(model, each) for each in names), *more])
        return Watch(label, model._meta.db_table, "UPDATE", condition, kind, name)

    def made(self, label: str, model: Any, event: str, kind: str, name: str, condition: str = "") -> Watch:
        return Watch(label, model._meta.db_table, event, condition, kind, name)

    def emptied(self, label: str, model: Any) -> list[Watch]:
        """Only PostgreSQL has a trigger for TRUNCATE."""
        empty = Watch(label, model._meta.db_table, "TRUNCATE", "", "'all'", "''")
        return [empty] if self.vendor == "postgresql" else []

    def replaced(self, label: str, using: str, model: Any, kind: str, name: str) -> list[Watch]:
        """On SQLite the rows that a new or changed one may replace: `OR REPLACE` runs no trigger of theirs."""
        if self.vendor != "sqlite":
            return []
        sets = [
            [self.quote(column) for column in columns if column is not None]
            for columns in feed_unique.columns_of(using, model)
        ]
        same = " OR ".join(
            "(" + " AND ".join(f"found.{column} = NEW.{column}" for column in columns) + ")" for columns in sets
        )
        table, named = model._meta.db_table, self._text(f"found.{self.quote(model._meta.get_field(name).column)}")
        source = f" FROM {self.quote(table)} found WHERE {same}"
        other = f" FROM {self.quote(table)} found WHERE found.rowid <> OLD.rowid AND ({same})"
        columns = ", ".join(sorted({column for each in sets for column in each}))
        return [
            Watch(f"{label}_replaced", table, "INSERT", "", kind, named, source),
            Watch(f"{label}_replaced", table, f"UPDATE OF {columns}", "", kind, named, other),
        ]

    def subject_of(self, user: Any, subject: Any, model: Any, name: str) -> str:
        """The subject of the user that a new row names; empty where there is no such user."""
        if subject.primary_key:
            return self.new_text(model, name)
        column, table = self.quote(subject.column), self.quote(user._meta.db_table)
        if self.vendor == "postgresql":
            table = f"{{schema}}.{table}"
        row = f"FROM {table} u WHERE u.{self.quote(user._meta.pk.column)} = {self._of('NEW', model, name)}"
        return f"COALESCE((SELECT {self._text(f'u.{column}')} {row}), '')"

    def old(self, model: Any, name: str) -> str:
        return self._of("OLD", model, name)

    def lower(self, model: Any, name: str) -> str:
        return f"{self._of('NEW', model, name)} < {self._of('OLD', model, name)}"

    def old_text(self, model: Any, name: str) -> str:
        return self._text(self.old(model, name))

    def new_text(self, model: Any, name: str) -> str:
        return self._text(self._of("NEW", model, name))

    def digest(self, model: Any, name: str) -> str:
        column = self._of("NEW", model, name)
        return f"encode({column}, 'hex')" if self.vendor == "postgresql" else f"HEX({column})"

    def _of(self, row: str, model: Any, name: str) -> str:
        return f"{row}.{self.quote(model._meta.get_field(name).column)}"

    def _text(self, column: str) -> str:
        return f"CAST({column} AS CHAR)" if self.vendor == "mysql" else f"CAST({column} AS TEXT)"

    def _differs(self, model: Any, name: str) -> str:
        """Byte for byte: a collation that ignores case takes one password's hash for another's."""
        old, new = self._of("OLD", model, name), self._of("NEW", model, name)
        if self.vendor == "mysql":
            return f"NOT (BINARY {old} <=> BINARY {new})"
        if self.vendor == "sqlite":
            return f"CAST({old} AS BLOB) IS NOT CAST({new} AS BLOB)"
        if model._meta.get_field(name).get_internal_type() in ("CharField", "TextField"):
            return f'CAST({old} AS TEXT) COLLATE "C" IS DISTINCT FROM CAST({new} AS TEXT) COLLATE "C"'
        return f"{old} IS DISTINCT FROM {new}"


def _create(connection: Any, watch: Watch) -> Iterator[str]:
    quote = connection.ops.quote_name
    name, table = quote(watch.trigger()), quote(watch.table)
    entries, named = ENTRIES, watch.name
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Whoever makes the change may have chosen another search path than the one of now.
            cursor.execute("SELECT quote_ident(current_schema())")
            schema = cursor.fetchone()[0]
        entries, named = f"{schema}.{ENTRIES}", named.replace("{schema}", schema)
    said = f"SELECT {watch.kind}, {named}{watch.source}" if watch.source else f"VALUES ({watch.kind}, {named})"
    insert = f"INSERT INTO {entries} (kind, name) {said}"
    if connection.vendor == "postgresql":
        each = "STATEMENT" if watch.event == "TRUNCATE" else "ROW"
        when = f" WHEN ({watch.condition})" if watch.condition else ""
        body = f"$feed$BEGIN {insert}; RETURN NULL; END$feed$"
        # A trigger that somebody dropped by hand has left its function.
        yield f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS {body}"
        yield f"CREATE TRIGGER {name} AFTER {watch.event} ON {table} FOR EACH {each}{when} EXECUTE FUNCTION {name}()"
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
    elif connection.vendor == "mysql":
        body = f"IF {watch.condition} THEN {insert}; END IF" if watch.condition else insert
        yield f"CREATE TRIGGER {name} AFTER {watch.event} ON {table} FOR EACH ROW {body}"
    else:
        when = f" WHEN {watch.condition}" if watch.condition else ""
        time = "BEFORE" if watch.source else "AFTER"
        yield f"CREATE TRIGGER {name} {time} {watch.event} ON {table} FOR EACH ROW{when} BEGIN {insert}; END"


def existing(using: str) -> set[tuple[str, str]]:
    """Name and table of each trigger of the feed: those of an earlier text, and those switched off, too."""
    connection = aliases.connection(using)
    with connection.cursor() as cursor:
        cursor.execute(_EXISTING[connection.vendor])
        return {(str(name), str(table)) for name, table in cursor.fetchall()}


def _tables(vendor: str) -> Iterator[str]:
    key = {
        "postgresql": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "mysql": "bigint NOT NULL AUTO_INCREMENT PRIMARY KEY",
        "sqlite": "integer NOT NULL PRIMARY KEY AUTOINCREMENT",
    }[vendor]
    end = " ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" if vendor == "mysql" else ""
    yield (
        f"CREATE TABLE IF NOT EXISTS {ENTRIES} (id {key}, number bigint NULL UNIQUE, numbered_at bigint NULL,"
        f" kind varchar(10) NOT NULL, name varchar(512) NOT NULL){end}"
    )
    yield (
        f"CREATE TABLE IF NOT EXISTS {COUNTER} (id integer NOT NULL PRIMARY KEY, last bigint NOT NULL,"
        f" triggers varchar(64) NOT NULL){end}"
    )
    one = f"INSERT INTO {COUNTER} (id, last, triggers) SELECT 1, 0, ''"
    empty = " FROM DUAL" if vendor == "mysql" else ""
    yield f"{one}{empty} WHERE NOT EXISTS (SELECT 1 FROM {COUNTER} c)"  # noqa: S608
