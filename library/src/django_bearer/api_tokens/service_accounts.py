"""Switching a service account off and on: its API tokens are refused from the next request on, or good again."""

from __future__ import annotations

from .. import events
from ..database import aliases
from ..database.durable_writes import write_despite_refusal
from ..models import ServiceAccount


def set_active(service: ServiceAccount, active: bool, cause: str) -> bool:
    """Switch it, and publish that it was switched; `cause` says by what.

    Returns whether this call did; False when it was so before.
    """
    changed = 0

    def write() -> None:
        nonlocal changed
        rows = ServiceAccount.objects.using(aliases.sessions_alias()).filter(pk=service.pk)
        changed += rows.exclude(is_active=active).update(is_active=active)

    write_despite_refusal(write)
    if changed:
        publish(service, active, cause)
    return bool(changed)


def publish(service: ServiceAccount, active: bool, cause: str) -> None:
    """Tell that a service account was switched."""
    kind = events.EventKind.SERVICE_ENABLED if active else events.EventKind.SERVICE_DISABLED
    events.publish(kind, details={"cause": cause, "owner": str(service)})
