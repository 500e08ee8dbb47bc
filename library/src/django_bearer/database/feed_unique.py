"""Unique columns on SQLite, where `INSERT OR REPLACE` deletes rows that are in the way without running a trigger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model

from ..models import Issuer, Session
from . import aliases


def unknown(using: str) -> list[str]:
    """Unique indexes that no trigger can ask for, in words: those of an expression."""
    if aliases.connection(using).vendor != "sqlite":
        return []
    return [
        f"table {model._meta.db_table} has a unique index of an expression, which no trigger can ask for on SQLite"
        for model in (get_user_model(), Session, Issuer)
        if any(None in columns for columns in columns_of(using, model))
    ]


def columns_of(using: str, model: Any) -> list[tuple[str | None, ...]]:
    """The columns of each unique index of a table, and of its primary key; None stands for an expression."""
    table = model._meta.db_table
    return sorted({(model._meta.pk.column,), *_indexes(using, table)}, key=str)


def _indexes(using: str, table: str) -> Iterator[tuple[str | None, ...]]:
    connection = aliases.connection(using)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA index_list({quote(table)})")
        names = [row[1] for row in cursor.fetchall() if row[2]]
        for name in names:
            cursor.execute(f"PRAGMA index_info({quote(name)})")
            yield tuple(row[2] for row in cursor.fetchall())
