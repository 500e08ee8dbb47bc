"""A write and the row of its event in one transaction, so that whoever asked for it waits for the disk once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.db import transaction

from .. import events
from ..events import SecurityEvent
from . import aliases, event_records
from .conflicts import retry_on_conflict
from .durable_writes import write_despite_refusal


class _Unkept(Exception):
    """The event could not be kept with the write."""


def write_with_event(write: Callable[[], int], describe: Callable[[], SecurityEvent]) -> int:
    """Do `write`, which says how many rows changed; where there were any, keep and tell the event `describe` gives.

    Inside a caller's transaction it is done as `write_despite_refusal` does it. Returns how many rows. A fault in
    keeping the event undoes nothing.
    """
    using = aliases.sessions_alias()
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
    if not (aliases.connection(using).in_atomic_block or aliases.in_transaction(using)):
        with suppress(_Unkept):  # rolled back then; what fails again is logged where the event is kept on its own
            changed, kept = retry_on_conflict(together), True
    if not kept:
        write_despite_refusal(apart)
    if changed and kept:
        event = describe()
        with event_records.kept(event):
            events.tell(event)
    elif changed:
        events.tell(describe())
    return changed


def _keep(event: SecurityEvent) -> None:
    try:
        event_records.keep_within(event)
    except Exception as error:
        raise _Unkept from error
