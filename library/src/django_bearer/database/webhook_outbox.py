"""The messages that wait for their webhook: written with the event, claimed by one sender at a time."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import F, QuerySet

from ..models import WebhookDelivery
from ..primitives import randomness
from ..primitives.clock import SECOND
from . import aliases
from .conflicts import retry_on_conflict
from .database_time import shown

CLAIM = 600 * SECOND
"""Microseconds for which a claimed message is nobody else's. A sender that dies leaves it until then."""
LOOK_AT = 10
"""Messages that a sender tries to claim, of which others may be faster at some."""
KEEP = 7 * 86_400 * SECOND
"""Microseconds after which a message that never arrived is deleted."""


def rows() -> QuerySet[WebhookDelivery]:
    """All messages, in the database they are written to."""
    return WebhookDelivery.objects.using(aliases.sessions_alias()).all()


def add(webhook: str, user_id: str, body: str, now: int) -> None:
    """Write a message that is due at once. A failure breaks no transaction around it.

    `now` is finer than the time that some databases show, by which it would not be due yet.
    """
    using = aliases.sessions_alias()
    row = WebhookDelivery(
        webhook=webhook,
        message_id=f"msg_{randomness.token_id()}",
        user_id=user_id[:255],
        body=body,
        created_at=now,
        next_at=shown(now, aliases.connection(using).vendor),
    )
    with transaction.atomic(using=using):
        row.save(using=using, force_insert=True)


def claim(webhook: str, due: int, now: int) -> WebhookDelivery | None:
    """The first message that was due at `due`, counted as one more attempt and nobody else's for a while.

    None also where other senders take all that it looks at. Times are in microseconds since 1970.
    """
    waiting = rows().filter(webhook=webhook, next_at__lte=due).order_by("next_at", "pk")
    return next((row for row in waiting[:LOOK_AT] if retry_on_conflict(partial(_claim_one, row, now))), None)


def _claim_one(row: WebhookDelivery, now: int) -> bool:
    """Compare and swap: of two senders that read the same row, one gets it."""
    mine = rows().filter(pk=row.pk, next_at=row.next_at, attempts=row.attempts)
    if not mine.update(next_at=now + CLAIM, attempts=F("attempts") + 1):
        return False
    row.attempts += 1
    row.next_at = now + CLAIM
    return True


def arrived(row: WebhookDelivery) -> None:
    """It needs not be sent again."""
    retry_on_conflict(lambda: rows().filter(pk=row.pk).delete())


def again(row: WebhookDelivery, at: int) -> None:
    """It is due again at `at`, in microseconds since 1970."""
    retry_on_conflict(lambda: rows().filter(pk=row.pk, attempts=row.attempts).update(next_at=at))


def over(now: int) -> QuerySet[WebhookDelivery]:
    """Messages that are too old to be sent."""
    return rows().filter(created_at__lt=now - KEEP)


def erase_user(user_id: str) -> int:
    """Delete what waits about a user; returns how many."""
    return int(retry_on_conflict(lambda: rows().filter(user_id=user_id).delete()[0]))
