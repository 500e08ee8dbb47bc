"""How many sessions and API tokens would be accepted now, by the rules that a request is judged by.

A row that nobody revoked may be of an earlier epoch, past its end, or of a user who is gone, inactive or has another
password since. Rows are read in turns, so memory stays small; it is for commands, not for requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from ..accounts.validity import account_invalid_reason
from ..database import aliases, issuers
from ..database.current_epochs import of_current_epochs
from ..models import ApiToken, Session

TURN = 500
"""Rows whose users are read together: SQLite takes a thousand parameters at least."""


@dataclass(frozen=True, slots=True)
class _Owned:
    """What `account_invalid_reason` asks of a session or an API token."""

    user: Any
    user_epoch: int
    user_epoch_now: int
    password_fingerprint: bytes
    rehashed_fingerprint: bytes


def live_sessions(issuer: str, user: Any = None) -> int:
    """How many sessions of an issuer are live, of all users or of one."""
    now = issuers.now()
    rows = Session.objects.using(aliases.sessions_alias()).filter(idle_ends_at__gt=now, ends_at__gt=now)
    return _count(_of(rows, issuer, user))


def live_api_tokens(issuer: str, user: Any = None) -> int:
    """How many API tokens of an issuer are valid, of all owners or of one user."""
    rows = ApiToken.objects.using(aliases.sessions_alias()).filter(expires_at__gt=issuers.now())
    mine = _of(rows, issuer, user)
    return mine.filter(service__is_active=True).count() + _count(mine.filter(service__isnull=True))


def _of(rows: QuerySet[Any], issuer: str, user: Any) -> QuerySet[Any]:
    mine = Q() if user is None else Q(user_id=user.pk)
    return of_current_epochs(rows.filter(mine, issuer=issuer, revoked_at__isnull=True))


def _count(rows: QuerySet[Any]) -> int:
    columns = "user_id", "user_epoch", "user_epoch_now", "password_fingerprint", "rehashed_fingerprint"
    turns = _turns(rows.order_by().values_list(*columns).iterator(chunk_size=TURN))
    return sum(account_invalid_reason(owned) is None for turn in turns for owned in turn)


def _turns(rows: Iterator[Sequence[Any]]) -> Iterator[list[_Owned]]:
    users = get_user_model()._base_manager.using(aliases.user_alias())
    while turn := list(islice(rows, TURN)):
        known = users.in_bulk({row[0] for row in turn if row[0] is not None})
        yield [_Owned(known.get(row[0]), row[1], row[2], bytes(row[3]), bytes(row[4])) for row in turn]
