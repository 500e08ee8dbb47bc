"""The issuer's row and the user's epoch: reading both beside the time, and raising them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from .. import clock
from ..models import Issuer, UserEpoch
from . import place
from .moment import sql


@dataclass(frozen=True, slots=True)
class IssuerState:
    """What a new session is born into. `now` is the database's time in microseconds."""

    now: int
    ring_version: int
    epoch: int
    user_epoch: int


def now() -> int:
    """The time by the database that sessions are written to, in microseconds since 1970."""
    connection = place.connection(place.alias())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql(connection.vendor)}")
        return clock.seen(int(cursor.fetchone()[0]))


def state(issuer: str, user_id: Any) -> IssuerState:
    """The issuer's ring version and epoch, and the user's epoch, as they are now."""
    using = place.alias()
    row = Issuer.objects.using(using).filter(name=issuer).values_list("ring_version", "epoch").first()
    user_epoch = UserEpoch.objects.using(using).filter(user_id=user_id).values_list("epoch", flat=True).first()
    version, epoch = row or (0, 0)
    return IssuerState(now(), version, epoch, user_epoch or 0)


def next_user_epoch(user_id: Any) -> int:
    """Raise a user's epoch by one and return it."""
    using = place.alias()
    rows = UserEpoch.objects.using(using)
    rows.get_or_create(user_id=user_id)  # outside, where it sees what a faster one has just made
    with transaction.atomic(using=using):
        rows.filter(user_id=user_id).update(epoch=F("epoch") + 1)
        return int(rows.get(user_id=user_id).epoch)


def reach_user_epoch(user_id: Any, epoch: int) -> None:
    """Make sure a user's epoch is at least `epoch`; safe to repeat."""
    rows = UserEpoch.objects.using(place.alias())
    rows.get_or_create(user_id=user_id)
    rows.filter(user_id=user_id, epoch__lt=epoch).update(epoch=epoch)


def next_issuer_epoch(issuer: str) -> int:
    """Raise an issuer's epoch by one and return it: every session and token before it is dead."""
    using = place.alias()
    rows = Issuer.objects.using(using)
    rows.get_or_create(name=issuer)
    with transaction.atomic(using=using):
        rows.filter(name=issuer).update(epoch=F("epoch") + 1)
        return int(rows.get(name=issuer).epoch)


def reach_issuer_epoch(issuer: str, epoch: int) -> None:
    """Make sure an issuer's epoch is at least `epoch`; safe to repeat."""
    rows = Issuer.objects.using(place.alias())
    rows.get_or_create(name=issuer)
    rows.filter(name=issuer, epoch__lt=epoch).update(epoch=epoch)
