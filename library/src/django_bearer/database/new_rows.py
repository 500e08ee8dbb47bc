"""New rows of our models by statements that are made once: the ORM takes longer to build one than it takes to run."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.db import models

from ..models.fields import DigestField, TimestampField

_AS_IT_IS = frozenset(
    {
        models.BigIntegerField,
        models.BooleanField,
        models.CharField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.TextField,
        DigestField,
        TimestampField,
    }
)
"""Types of columns whose values every database takes as Python has them."""


def insert(model: Any, quote: Any, source: str = "") -> str:
    """The statement that inserts a row of this model; one for each row of `source`, where that is named."""
    columns = ", ".join(quote(field.column) for field in _given(model))
    marks = ", ".join(["%s"] * len(_given(model)))
    rows = f"SELECT {marks} FROM {source}" if source else f"VALUES ({marks})"  # noqa: S608 - our own names
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) {rows}"


def values(row: Any, connection: Any) -> list[Any]:
    """The values of a row, in the order of its columns."""
    return [_value(field, getattr(row, field.attname), connection) for field in _given(row._meta.model)]


def note_stored(row: Any, using: str) -> None:
    """Have the row know where it is stored, as after `save()`."""
    row._state.adding, row._state.db = False, using


@lru_cache
def _given(model: Any) -> tuple[Any, ...]:
    """The columns that are given: all but a key that the database makes."""
    return tuple(one for one in model._meta.concrete_fields if not isinstance(one, models.AutoField))


def _value(field: Any, value: Any, connection: Any) -> Any:
    if type(field) in _AS_IT_IS:
        return value
    if isinstance(field, models.JSONField):
        return json.dumps(value, cls=field.encoder)
    return field.get_db_prep_save(value, connection)
