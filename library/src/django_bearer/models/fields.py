"""Column types of our own: timestamps as whole microseconds, digests as fixed bytes."""

from __future__ import annotations

from typing import Any

from django.db import models


class TimestampField(models.BigIntegerField):
    """Microseconds since 1970, UTC.

    A number, so that neither USE_TZ, nor a connection's time zone, nor a daylight-saving switch can move the end of
    a session.
    """

    description = "Microseconds since 1970"

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BigIntegerField", args, kwargs


class DigestField(models.BinaryField):
    """A SHA-256 digest, a salt or another short fixed run of bytes, stored so that it can be indexed."""

    description = "A few bytes"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str | None:
        # MySQL and MariaDB index no unbounded blob.
        if connection.vendor == "mysql":
            return f"varbinary({self.max_length})"
        return super().db_type(connection)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs
