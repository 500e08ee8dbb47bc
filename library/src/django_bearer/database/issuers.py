"""The issuer's row and the user's epoch: reading both beside the time, and raising them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from ..models import Issuer, UserTokenVersion
from ..primitives import clock
from . import aliases
from .database_time import sql


@dataclass(frozen=True, slots=True)
class IssuerState:
    """What a new session is born into. `now` is the database's time in microseconds."""

    now: int
    ring_version: int
    epoch: int
    user_epoch: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """What a known device ends with, beside the password. The fingerprints are empty until a rehash was noted."""

    epoch: int
    user_epoch: int
    password_fingerprint: bytes
    rehashed_fingerprint: bytes


def now() -> int:
    """The time by the database that sessions are written to, in microseconds since 1970."""
    connection = aliases.connection(aliases.sessions_alias())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql(connection.vendor)}")
        return clock.seen(int(cursor.fetchone()[0]))


def state(issuer: str, user_id: Any) -> IssuerState:
    """The issuer's ring version and epoch, and the user's epoch, as they are now."""
    using = aliases.sessions_alias()
    row = Issuer.objects.using(using).filter(name=issuer).values_list("ring_version", "epoch").first()
    user_epoch = UserTokenVersion.objects.using(using).filter(user_id=user_id).values_list("epoch", flat=True).first()
    version, epoch = row or (0, 0)
    return IssuerState(now(), version, epoch, user_epoch or 0)


def account_state(issuer: str, user_id: Any) -> AccountState:
    """The issuer's and the user's epoch, and the rehash that was noted for the user."""
    using = aliases.sessions_alias()
    epoch = Issuer.objects.using(using).filter(name=issuer).values_list("epoch", flat=True).first()
    rows = UserTokenVersion.objects.using(using).filter(user_id=user_id)
    row = rows.values_list("epoch", "password_fingerprint", "rehashed_fingerprint").first()
    user_epoch, first, now = row or (0, None, None)
    return AccountState(epoch or 0, user_epoch, bytes(first or b""), bytes(now or b""))


def note_rehash(user_id: Any, before: bytes, after: bytes, using: str) -> None:
    """Remember that the hash with the fingerprint `after` is of the same password as the one with `before`.

    The first of a row of rehashes is kept, so that what was made under it is good for as long as the password is.
    """
    rows = UserTokenVersion.objects.using(using)
    _ensure(rows, user_id=user_id)
    mine = rows.filter(user_id=user_id)
    if not mine.filter(rehashed_fingerprint=before).update(rehashed_fingerprint=after):
        mine.update(password_fingerprint=before, rehashed_fingerprint=after)


def next_user_epoch(user_id: Any, using: str = "") -> int:
    """Raise a user's epoch by one and return it; `using` is the database of the sessions, if not the one of now."""
    using = using or aliases.sessions_alias()
    rows = UserTokenVersion.objects.using(using)
    _ensure(rows, user_id=user_id)  # outside, where it sees what a faster one has just made
    with transaction.atomic(using=using):
        rows.filter(user_id=user_id).update(epoch=F("epoch") + 1)
        return int(rows.get(user_id=user_id).epoch)


def reach_user_epoch(user_id: Any, epoch: int) -> None:
    """Make sure a user's epoch is at least `epoch`; safe to repeat."""
    rows = UserTokenVersion.objects.using(aliases.sessions_alias())
    _ensure(rows, user_id=user_id)
    rows.filter(user_id=user_id, epoch__lt=epoch).update(epoch=epoch)


def next_issuer_epoch(issuer: str) -> int:
    """Raise an issuer's epoch by one and return it: every session and token before it is invalid."""
    using = aliases.sessions_alias()
    rows = Issuer.objects.using(using)
    _ensure(rows, name=issuer)
    with transaction.atomic(using=using):
        rows.filter(name=issuer).update(epoch=F("epoch") + 1)
        return int(rows.get(name=issuer).epoch)


def reach_issuer_epoch(issuer: str, epoch: int) -> None:
    """Make sure an issuer's epoch is at least `epoch`; safe to repeat."""
    rows = Issuer.objects.using(aliases.sessions_alias())
    _ensure(rows, name=issuer)
    rows.filter(name=issuer, epoch__lt=epoch).update(epoch=epoch)


def _ensure(rows: QuerySet[Any, Any], **key: Any) -> None:
    """Make a row if there is none.

    In a caller's transaction at REPEATABLE READ, which does not see what a faster one has made, that is a lost race,
    as the caller's own statements may lose one, and no broken constraint.
    """
    if not rows.filter(**key).exists():
        rows.bulk_create([rows.model(**key)], ignore_conflicts=True)
