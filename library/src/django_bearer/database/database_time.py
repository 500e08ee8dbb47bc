"""The database's own time, which decides between processes."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Func

_SQL = {
    "postgresql": "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint",
    "sqlite": "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000",
    "mysql": "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
}

_STEP = {"sqlite": 1_000}
"""Microseconds from one reading of the clock to the next it can show, where that is more than one."""


def shown(time: int, vendor: str) -> int:
    """What a database's clock shows at a time, in microseconds: never more than it shows later."""
    step = _STEP.get(vendor, 1)
    return time // step * step


def sql(vendor: str) -> str:
    """The expression for now, in microseconds since 1970, of a database vendor."""
    return _SQL[vendor]


class DatabaseNow(Func):
    """Now by the database's clock, in microseconds since 1970, to be read beside a row."""

    output_field = BigIntegerField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> tuple[str, tuple[str | int, ...]]:
        return sql(connection.vendor), ()
