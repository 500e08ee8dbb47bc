"""A read that the ORM builds and compiles once for an alias and user model; each call only fills in its parameters.

The user is joined where nothing of it would be lost; a user on another database, of several tables or behind a
manager that filters is read by the ORM in a second statement: slower, never different.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, Manager, QuerySet

from . import aliases, prepared_reads

Build = Callable[[list[str]], QuerySet[Any, Any]]
"""From the names of the user's columns to the query: our columns, those, and the annotations, as a values list."""


@dataclass(slots=True)  # each request makes one, and a frozen one takes longer
class Found:
    """One row, taken apart: our columns, the annotations, and the user (None when it is gone)."""

    columns: list[Any]
    annotations: list[Any]
    user: Any


class CompiledRead:
    """`columns` begin with the user's key; `placeholders` are the values that mark where parameters go.

    `path` leads from the table that is read to the users.
    """

    def __init__(
        self,
        using: str,
        user_model: Any,
        columns: Sequence[str],
        bytes_in: frozenset[str],
        build: Build,
        placeholders: Sequence[Any],
        path: str = "user__",
    ) -> None:
        self.using = using
        self.user_model = user_model
        joined = can_join(using, user_model)
        self.user_fields = [field.attname for field in user_model._meta.concrete_fields] if joined else []
        self.never_null = self.user_fields.index(never_null_column(user_model)) if joined else 0
        self.bytes = [number for number, name in enumerate(columns) if name in bytes_in]
        self.width = len(columns)
        query = build([f"{path}{field.name}" for field in user_model._meta.concrete_fields] if joined else [])
        compiler = query.query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        self.sql, self.slots = _with_placeholders(sql, parameters, placeholders)
        self.converters = [
            (number, converter, expression)
            for number, (found, expression) in compiler.get_converters([c[0] for c in compiler.select]).items()
            for converter in found
            if not _changes_nothing(converter, expression, compiler.connection.vendor)
        ]

    def run(self, given: Sequence[Any], connection: Any) -> Found | None:
        """The row for these parameters, in the order of the placeholders; None when there is none.

        `connection` is that of the alias.
        """
        found = prepared_reads.first(connection, self.sql, [given[slot] for slot in self.slots])
        if found is None:
            return None
        values = list(found)
        for number, converter, expression in self.converters:
            values[number] = converter(values[number], expression, connection)
        for number in self.bytes:
            values[number] = bytes(values[number])
        after = self.width + len(self.user_fields)
        user = self._user(values[0], values[self.width : after])
        return Found(values[: self.width], values[after:], user)

    def _user(self, user_id: Any, found: list[Any]) -> Any:
        if not self.user_fields:
            if user_id is None:
                return None
            return self.user_model._default_manager.using(aliases.user_alias()).filter(pk=user_id).first()
        if found[self.never_null] is None:
            return None
        return self.user_model.from_db(self.using, self.user_fields, found)


def _changes_nothing(converter: Any, expression: Any, vendor: str) -> bool:
    """Whether this makes an int of an int: PostgreSQL has types, and what it calls a bigint is read as one."""
    whole = isinstance(getattr(expression, "output_field", None), IntegerField)
    return whole and vendor == "postgresql" and converter is getattr(expression, "convert_value", None)


def can_join(using: str, user_model: Any) -> bool:
    """A user is joined when nothing of it would be lost: one table, this database, a manager that hides nobody."""
    manager = user_model._default_manager
    stock = type(manager).get_queryset is Manager.get_queryset
    return bool(
        stock and not user_model._meta.parents and never_null_column(user_model) and aliases.user_alias() == using
    )


def never_null_column(user_model: Any) -> str | None:
    """A column of the user's own table that is never null, by which a missing user shows in an outer join.

    The primary key will not do: the ORM reads it from the row that names the user.
    """
    columns = (
        field.attname for field in user_model._meta.concrete_fields if not field.null and not field.primary_key
    )
    return next(columns, None)


def _with_placeholders(sql: str, parameters: Sequence[Any], placeholders: Sequence[Any]) -> tuple[str, list[int]]:
    """The statement with its constants written out, and for each mark that is left, which value goes there."""
    slots: list[int] = []
    marks = []
    for parameter in parameters:
        plain = getattr(parameter, "obj", parameter)
        plain = bytes(plain) if isinstance(plain, (memoryview, bytearray)) else plain
        if plain in placeholders:
            slots.append(list(placeholders).index(plain))
            marks.append("%s")
        else:
            marks.append(str(int(plain)))
    first, *rest = sql.split("%s")
    return first + "".join(mark + part for mark, part in zip(marks, rest, strict=True)), slots
