"""The issuer's row and the user's epoch: reading both beside the time, and raising them."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from ..models import Issuer, UserTokenVersion
from ..primitives import clock
from ..primitives.clock import SECOND
from . import aliases, prepared_reads
from .database_time import shown, sql


@dataclass(frozen=True, slots=True)
class IssuerState:
    """What a new session stores of its issuer and user, and what a known device ends with beside the password.

    `read` is the database's time at the reading, in microseconds. Without a noted rehash the fingerprints are empty.
    """

    read: int
    ring_version: int
    epoch: int
    user_epoch: int
    password_fingerprint: bytes = field(default=b"", repr=False)
    rehashed_fingerprint: bytes = field(default=b"", repr=False)
    issuer: str = ""
    read_at: float = field(default_factory=clock.monotonic, repr=False)
    raised: int = field(default_factory=lambda: _raised.get(), repr=False)

    @property
    def now(self) -> int:
        """The database's time at the reading, in microseconds since 1970."""
        return clock.seen(self.read)

    def is_of_use(self) -> bool:
        """Whether this request has raised no epoch since then, as a policy that logs a user out everywhere else does.

        An epoch that another request raises meanwhile ends what begins with this state, so it does not count.
        """
        return self.raised == _raised.get()

    def raised_once(self) -> IssuerState:
        """The state after this request has raised the user's epoch once: what another request raised is not in it."""
        return replace(self, user_epoch=self.user_epoch + 1, raised=_raised.get())

    def later(self) -> int:
        """The database's time now, by what has passed in this process since the reading."""
        vendor = aliases.connection(aliases.sessions_alias()).vendor
        return clock.seen(shown(self.read + int((clock.monotonic() - self.read_at) * SECOND), vendor))


def now() -> int:
    """The time by the database that sessions are written to, in microseconds since 1970."""
    connection = aliases.connection(aliases.sessions_alias())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql(connection.vendor)}")
        return clock.seen(int(cursor.fetchone()[0]))


def state(issuer: str, user_id: Any) -> IssuerState:
    """The issuer's and the user's state as they are now, and the time, by one statement. `user_id` may be None."""
    connection = aliases.connection(aliases.sessions_alias())
    user = UserTokenVersion._meta.get_field("user").get_db_prep_value(user_id, connection)
    statement = _statement(connection.vendor, "NULL" if user is None else "%s")
    found = prepared_reads.first(connection, statement, [issuer] if user is None else [issuer, user])
    return state_of(issuer, *(found or ()))


def state_of(
    issuer: str, read: Any, version: int | None, epoch: int | None, user_epoch: int | None, first: Any, last: Any
) -> IssuerState:
    """The state from its columns as they were read: None where there is no row yet."""
    fingerprints = bytes(first or b""), bytes(last or b"")
    return IssuerState(int(read), version or 0, epoch or 0, user_epoch or 0, *fingerprints, issuer)


@lru_cache
def _statement(vendor: str, user: str) -> str:
    quote = aliases.connection(aliases.sessions_alias()).ops.quote_name
    issuer, version = (quote(model._meta.db_table) for model in (Issuer, UserTokenVersion))
    columns = [f"i.{quote(name)}" for name in ("ring_version", "epoch")]
    columns += [f"v.{quote(name)}" for name in ("epoch", "password_fingerprint", "rehashed_fingerprint")]
    return (
        f"SELECT {sql(vendor)}, {', '.join(columns)} FROM (SELECT 1 AS one) AS o"  # noqa: S608 - our own names
        f" LEFT JOIN {issuer} i ON i.{quote('name')} = %s LEFT JOIN {version} v ON v.{quote('user_id')} = {user}"
    )


_raised: ContextVar[int] = ContextVar("django_bearer_epochs_raised", default=0)
"""How often an epoch was raised in this context, which a request has for itself."""


def _note_raised() -> None:
    _raised.set(_raised.get() + 1)


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
    _note_raised()
    _ensure(rows, user_id=user_id)  # outside, where it sees what a faster one has just made
    with transaction.atomic(using=using):
        rows.filter(user_id=user_id).update(epoch=F("epoch") + 1)
        return int(rows.get(user_id=user_id).epoch)


def reach_user_epoch(user_id: Any, epoch: int) -> None:
    """Make sure a user's epoch is at least `epoch`; safe to repeat."""
    rows = UserTokenVersion.objects.using(aliases.sessions_alias())
    _note_raised()
    _ensure(rows, user_id=user_id)
    rows.filter(user_id=user_id, epoch__lt=epoch).update(epoch=epoch)


def next_issuer_epoch(issuer: str) -> int:
    """Raise an issuer's epoch by one and return it: every session and token before it is invalid."""
    using = aliases.sessions_alias()
    rows = Issuer.objects.using(using)
    _note_raised()
    _ensure(rows, name=issuer)
    with transaction.atomic(using=using):
        rows.filter(name=issuer).update(epoch=F("epoch") + 1)
        return int(rows.get(name=issuer).epoch)


def reach_issuer_epoch(issuer: str, epoch: int) -> None:
    """Make sure an issuer's epoch is at least `epoch`; safe to repeat."""
    rows = Issuer.objects.using(aliases.sessions_alias())
    _note_raised()
    _ensure(rows, name=issuer)
    rows.filter(name=issuer, epoch__lt=epoch).update(epoch=epoch)


def _ensure(rows: QuerySet[Any, Any], **key: Any) -> None:
    """Make a row if there is none.

    In a caller's transaction at REPEATABLE READ, which does not see what a faster one has made, that is a lost race,
    as the caller's own statements may lose one, and no broken constraint.
    """
    if not rows.filter(**key).exists():
        rows.bulk_create([rows.model(**key)], ignore_conflicts=True)
