"""What ends old tokens with the account: each account's state is recorded once, and compared with how it is now.

django-bearer's `account_fingerprint()` changes with the password, with a logout everywhere and with a deactivation,
and not with a rehash. The command `bearer_migrate start` records it for every user; users that are made later by the
old version are recorded when they are first seen, or before their password changes.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, router

from django_bearer import account_fingerprint

from . import clock
from .models import AccountState, MoveStart

BATCH = 500
ENDED = ""
"""A fingerprint that no account has."""
NOT_STARTED = "the move has not begun: run manage.py bearer_migrate start, which records the state of every account"
_started = False


def refusal(user: Any) -> str | None:
    """Why an account ends its old tokens, or None."""
    if not is_started():
        return NOT_STARTED
    if not getattr(user, "is_active", True):
        return "the user is not active"
    now = account_fingerprint(user)
    then = _of(user)
    if then is None:
        record([user])
        then = _of(user)
    if then is None or not hmac.compare_digest(then, now):
        return "the password was changed, or the user logged out everywhere or was disabled, since the move began"
    return None


def is_started() -> bool:
    """Whether the state of every account was recorded. Asked of the database until it is."""
    global _started
    _started = _started or MoveStart.objects.exists()
    return _started


def record(users: list[Any]) -> int:
    """Record the state of these users as it is. Who has been recorded stays as recorded."""
    keys = {str(user.pk): user for user in users}
    known = set(AccountState.objects.filter(user_id__in=keys).values_list("user_id", flat=True))
    rows = [
        AccountState(user_id=key, fingerprint=account_fingerprint(user))
        for key, user in keys.items()
        if key not in known
    ]
    AccountState.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def end(user_id: str) -> None:
    """End the old tokens of an account whose state was not recorded before."""
    AccountState.objects.bulk_create([AccountState(user_id=user_id, fingerprint=ENDED)], ignore_conflicts=True)


def is_recorded(user_id: str) -> bool:
    """Whether the state of an account was recorded."""
    return AccountState.objects.filter(user_id=user_id).exists()


def start() -> Iterator[int]:
    """Record every account in batches, then begin. Yields how many are recorded so far; it can be run again."""
    users = get_user_model()._base_manager.order_by("pk")
    done, last = 0, None
    while batch := list((users if last is None else users.filter(pk__gt=last))[:BATCH]):
        done += record(batch)
        last = batch[-1].pk
        yield done
    MoveStart.objects.bulk_create([MoveStart(started_at=clock.seconds())], ignore_conflicts=True)


def start_if_empty() -> None:
    """Begin where there is no account at all, such as in the database of a test run: there is no state to record."""
    there = _is_there(get_user_model()) and _is_there(MoveStart)
    if there and not get_user_model()._base_manager.exists():
        MoveStart.objects.bulk_create([MoveStart(started_at=clock.seconds())], ignore_conflicts=True)


def _is_there(model: Any) -> bool:
    """Whether a model has its table, which it has not before its migrations and after they were taken back."""
    return model._meta.db_table in connections[router.db_for_write(model)].introspection.table_names()


def forget() -> None:
    """Ask the database again whether the move has begun. For tests."""
    global _started
    _started = False


def _of(user: Any) -> str | None:
    return AccountState.objects.filter(user_id=str(user.pk)).values_list("fingerprint", flat=True).first()
