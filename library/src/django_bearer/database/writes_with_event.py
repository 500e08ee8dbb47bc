"""A write and the row of its event in one transaction, so that whoever asked for it waits for the disk once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.db import DatabaseError, transaction

from .. import events
from ..events import SecurityEvent
from ..models import SecurityEventRecord
from . import aliases, event_records
from .conflicts import retry_on_conflict
from .durable_writes import write_despite_refusal


class _Unkept(Exception):
    """The event could not be kept with the write."""


def write_with_event(
    write: Callable[[], int],
    describe: Callable[[], SecurityEvent],
    joined: Callable[[SecurityEventRecord], int] | None = None,
) -> int:
    """Do `write`, which says how many rows changed; where there were any, keep and tell the event `describe` gives.

    `joined` does both at once, where somebody could write that: the same with the event's row.

    Inside a caller's transaction it is done as `write_despite_refusal` does it. Returns how many rows. A fault in
    keeping the event undoes nothing.
    """
    using = aliases.sessions_alias()
    alone = not (aliases.connection(using).in_atomic_block or aliases.in_transaction(using))
    if alone and joined is not None:
        found = _joined(joined, describe())
        if found is not None:
            return found
    changed = 0

    def together() -> int:
        with transaction.atomic(using=using):
            found = write()
            if found:
                _keep(describe())
        return found

    def apart() -> None:
        nonlocal changed
        changed += write()

    kept = False
    if alone:
        with suppress(_Unkept):  # rolled back then; what fails again is logged where the event is kept on its own
            changed, kept = retry_on_conflict(together), True
    if not kept:
        write_despite_refusal(apart)
    if changed and kept:
        _tell_only(describe())
    elif changed:
        events.tell(describe())
    return changed


def _joined(write: Callable[[SecurityEventRecord], int], event: SecurityEvent) -> int | None:
    """How many rows `write` changed; None where it cannot be done so, or failed, which leaves nothing behind."""
    row = event_records.new_row(event)
    if row is None:
        return None
    try:
        changed = write(row)
    except DatabaseError:
        return None
    if changed:
        _tell_only(event)
    return changed


def _tell_only(event: SecurityEvent) -> None:
    with event_records.kept(event):
        events.tell(event)


def _keep(event: SecurityEvent) -> None:
    try:
        event_records.keep_within(event)
    except Exception as error:
        raise _Unkept from error
