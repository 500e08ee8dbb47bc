"""What the gauges show: how old the signing keys are and how many rows the tables have. Read at most once a minute.

A count of a large table takes long: PostgreSQL, MariaDB and MySQL are asked for what their planner thinks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError, connections, models
from django.db.models import Count, Min

from ... import models as ours
from ...database import aliases
from ...database.idle_connections import closing_afterwards
from ...errors import BearerError
from ...keys.keyring import KeyState, KeyUse
from ...primitives import clock
from .names import TABLES

logger = logging.getLogger("django_bearer.security")
EVERY = 60.0
"""Seconds that what was read is good for."""
MOST = 10_000
"""Rows that are counted one by one, where the planner has not looked at a table yet."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What was read."""

    key_age: float | None = None
    """Seconds; None where no key signs."""
    keys: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)


_lock = threading.Lock()
_read: tuple[float, Sizes] | None = None


def current() -> Sizes:
    """The sizes, read again when they are older than a minute. Empty where the database cannot be asked.

    It never raises: what collects metrics would lose all of them.
    """
    global _read
    with _lock:
        now = clock.monotonic()
        if _read is None or now - _read[0] >= EVERY:
            _read = (now, _or_nothing())
        return _read[1]


def forget() -> None:
    """Read anew the next time. For tests."""
    global _read
    with _lock:
        _read = None


def _or_nothing() -> Sizes:
    try:
        return read()
    except (DatabaseError, BearerError, SynchronousOnlyOperation) as error:
        logger.info("the sizes of tables were not measured: %s", type(error).__name__)
        return Sizes()


@closing_afterwards
def read() -> Sizes:
    """The sizes as they are now, of the tables that this process writes to."""
    using = aliases.sessions_alias()
    signing = ours.SigningKey.objects.using(using).filter(use=KeyUse.SIGNING.value)
    oldest = signing.filter(state=KeyState.ACTIVE.value).aggregate(at=Min("changed_at"))["at"]
    states = signing.values_list("state").annotate(count=Count("pk")).order_by()
    return Sizes(
        key_age=None if oldest is None else max(0.0, (clock.now() - oldest) / clock.SECOND),
        keys={state.value: 0 for state in KeyState} | dict(states),
        rows={name: _rows(_model(name), using) for name in TABLES},
    )


def _model(name: str) -> type[models.Model]:
    found: type[models.Model] = getattr(ours, name.title().replace("_", ""))
    return found


_PLANNED = {
    "postgresql": "SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)",
    "mysql": "SELECT table_rows FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s",
}


def _rows(model: type[models.Model], using: str) -> int:
    connection, table = connections[using], model._meta.db_table
    if connection.vendor not in _PLANNED:
        return model._default_manager.using(using).count()
    name = connection.ops.quote_name(table) if connection.vendor == "postgresql" else table
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED[connection.vendor], [name])
        row = cursor.fetchone()
    planned = int(row[0]) if row and row[0] is not None else -1
    if planned > MOST:
        return planned
    # A planner that has not looked yet says nothing, or 0; a small table is soon counted.
    return max(planned, model._default_manager.using(using).all()[: MOST + 1].count())
