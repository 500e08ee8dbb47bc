"""Why changes of this project's users could not reach the revocation feed: what feed mode refuses to start with."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist

from .. import conf
from ..models import Session
from . import aliases, feed_unique
from .compiled_reads import can_join

VENDORS = ("postgresql", "mysql", "sqlite")
KEYS = frozenset(
    {"AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField", "PositiveIntegerField"}
    | {"PositiveBigIntegerField", "SmallIntegerField", "PositiveSmallIntegerField", "UUIDField", "CharField"}
    | {"SlugField"}
)
"""Types of columns whose text in the database is their text in a token, but for hyphens and case."""
MAX_NAME = 500
"""Characters of a subject that an entry of the feed can hold, with some to spare."""


def of_models(using: str) -> list[str]:
    """What the models and settings rule out, in words; empty where that is nothing. The database is not asked."""
    model, found = get_user_model(), []
    if aliases.connection(using).vendor not in VENDORS:
        return [f"the database vendor {aliases.connection(using).vendor} has no triggers that this release knows"]
    if aliases.sessions_alias() != using:
        found.append("a router chooses the database of the sessions by the request")
    if aliases.user_alias() != using:
        found.append("users live in another database than sessions")
    elif not model._meta.parents and not can_join(using, model):
        found.append("the user model's manager hides users")
    if model._meta.parents:
        found.append("the user model has several tables")
    if aliases.schema(using) or aliases.connection(using).settings_dict["ENGINE"].startswith(_TENANTS):
        found.append("tenants have schemas of their own")
    if not model._meta.managed:
        found.append("the table of the users is not Django's to change (managed = False)")
    own = {field.attname for field in model._meta.local_concrete_fields}
    if "password" not in own:
        found.append("the user model has no column password")
    if "is_active" not in own and getattr(model, "is_active", True) is not True:
        found.append("is_active is no column of the user model")
    return found + _of_subject(model)


_TENANTS = ("django_tenants.", "tenant_schemas.", "django_pgschemas.")


def of_database(using: str) -> list[str]:
    """What the database rules out, too. Asks it."""
    found = of_models(using)
    if found:
        return found
    found += [
        f"a foreign key of the table {table} deletes or changes its rows in cascade, which runs no trigger here"
        for table in (get_user_model()._meta.db_table, Session._meta.db_table)
        if _cascades(using, table)
    ]
    return found + feed_unique.unknown(using)


def subject_field() -> Any:
    """The column of the users that becomes `sub`, or None where `USER_ID_FIELD` names something else."""
    model, name = get_user_model(), conf.current().user_id_field
    if name in ("pk", model._meta.pk.attname):
        return model._meta.pk
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _of_subject(model: Any) -> list[str]:
    field = subject_field()
    if field is None or field not in model._meta.local_concrete_fields:
        return ["USER_ID_FIELD names no column of the user model"]
    found = []
    if field.get_internal_type() not in KEYS:
        found.append("USER_ID_FIELD is of a type whose text a database may write in another way")
    if field.null or not (field.primary_key or field.unique):
        found.append("USER_ID_FIELD may be empty, or is not unique")
    if field.get_internal_type() in ("CharField", "SlugField") and (field.max_length or MAX_NAME + 1) > MAX_NAME:
        found.append(f"USER_ID_FIELD may be longer than {MAX_NAME} characters")
    return found


def _cascades(using: str, table: str) -> bool:
    """Whether the database itself may delete or change users; MariaDB and MySQL then run no trigger of theirs."""
    connection = aliases.connection(using)
    if connection.vendor != "mysql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()"
            " AND TABLE_NAME = %s AND NOT (DELETE_RULE IN ('RESTRICT', 'NO ACTION')"
            " AND UPDATE_RULE IN ('RESTRICT', 'NO ACTION'))",
            [table],
        )
        return bool(cursor.fetchone()[0])
