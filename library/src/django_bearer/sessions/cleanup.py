"""Purge: forget what can no longer decide anything, a little at a time.

A session is kept until its absolute end, however early it was revoked: until then its used tokens must be
recognised (RFC 9700 section 4.14.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from ..accounts import weak_logins
from ..database import aliases, event_records, issuers, webhook_outbox
from ..database.after_answers import after_answer
from ..database.conflicts import retry_on_conflict
from ..errors import TemporarilyUnavailable
from ..models import (
    AccountToken,
    ApiToken,
    LimitedLogin,
    LoginHandover,
    RecoveryLink,
    RememberedDevice,
    RevokedToken,
    Session,
    Ticket,
)
from ..primitives import randomness
from ..primitives.clock import SECOND

KEEP = 86_400 * SECOND
"""Microseconds for which a thing outlives its end, so that no clock and no slow request can miss it."""
BATCH = 500
ONE_IN = 32
"""After one login in so many, drawn by lot, a few rows are deleted: no process has to live long for its turn."""
A_LITTLE = 8 * ONE_IN
"""Rows of one table. A login adds a session and an event, and one table in four is drawn beside the sessions, so that
twice as many rows go as come."""


def purge(batch: int = BATCH, done: Callable[[int], None] = lambda rows: None) -> int:
    """Delete all that is over, in batches of `batch` rows, each its own short transaction; returns how many rows.

    `done` is told the size of each batch. Safe to stop at any time, and safe to run twice at once. Rows that
    somebody holds are left for the next time, where the database can pass over them. Addresses that are no longer
    wanted in full are cut down too, and counted.
    """
    now, total = issuers.now(), 0
    for rows in _over(now):
        while deleted := _delete(rows, batch):
            total += deleted
            done(deleted)
    while changed := event_records.make_coarse(now, batch):
        total += changed
        done(changed)
    return total


def purge_now_and_then() -> None:
    """After a login: delete a few rows that are over once in a while, when the answer has been sent, so that the
    tables stay bounded without a cron job."""
    if randomness.fraction() * ONE_IN < 1:
        after_answer("deleting what is over", purge_a_little)


def purge_tickets_now_and_then() -> None:
    """After a ticket: the same for tickets alone, of which a session may ask for many between two logins."""
    if randomness.fraction() * ONE_IN < 1:
        after_answer("deleting old tickets", lambda: _delete(_tickets(issuers.now()), A_LITTLE))


def purge_handovers_now_and_then() -> None:
    """After a handover: the same for handovers."""
    if randomness.fraction() * ONE_IN < 1:
        after_answer("deleting old handovers", lambda: _delete(_handovers(issuers.now()), A_LITTLE))


def _handovers(now: int) -> QuerySet[Any]:
    return LoginHandover.objects.using(aliases.sessions_alias()).filter(expires_at__lt=now - KEEP)


def _tickets(now: int) -> QuerySet[Any]:
    return Ticket.objects.using(aliases.sessions_alias()).filter(expires_at__lt=now - KEEP)


def purge_a_little() -> int:
    """Delete a few rows that are over: sessions, and rows of one other table, drawn by lot.

    Where others hold the rows it leaves them to the next time.
    """
    now = issuers.now()
    try:
        sessions, *others = _over(now)
        other = int(randomness.fraction() * (len(others) + 1))
        gone = _delete(others[other], A_LITTLE) if other < len(others) else event_records.make_coarse(now, A_LITTLE)
        return _delete(sessions, A_LITTLE) + gone
    except TemporarilyUnavailable:
        return 0


def waiting() -> int:
    """How many rows are over and still there."""
    now = issuers.now()
    return int(sum(rows.count() for rows in (*_over(now), event_records.too_exact(now))))


def _over(now: int) -> tuple[QuerySet[Any], ...]:
    """What is over, a table each."""
    using = aliases.sessions_alias()
    return (
        Session.objects.using(using).filter(ends_at__lt=now - KEEP),
        ApiToken.objects.using(using).filter(expires_at__lt=now - KEEP),
        RevokedToken.objects.using(using).filter(expires_at__lt=now - KEEP),
        LimitedLogin.objects.using(using).filter(expires_at__lt=now - KEEP),
        RecoveryLink.objects.using(using).filter(expires_at__lt=now - KEEP),
        AccountToken.objects.using(using).filter(expires_at__lt=now - KEEP),
        RememberedDevice.objects.using(using).filter(expires_at__lt=now - KEEP),
        _tickets(now),
        _handovers(now),
        event_records.over(now),
        webhook_outbox.over(now),
    )


def _delete(rows: QuerySet[Any], most: int) -> int:
    """Delete at most so many of these rows, passing over those that somebody holds."""
    return retry_on_conflict(lambda: _delete_once(rows, most))


def _delete_once(rows: QuerySet[Any], most: int) -> int:
    using = aliases.sessions_alias()
    with transaction.atomic(using=using):
        if aliases.connection(using).features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        names = list(rows.values_list("pk", flat=True)[:most])
        gone = rows.model.objects.using(using).filter(pk__in=names)
        if names and rows.model is Session:
            weak_logins.note(gone, issuers.now())
        return int(gone.delete()[0]) if names else 0
