"""Logins without the second factor, noted for a week where their session is purged before.

Undoing a change of the address asks whether somebody has logged in without the factor in the week before: whoever
has taken an account over by its password did, and added a factor of their own. The rows of sessions say it. A session
that is purged within that week leaves a row here, one a user.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from .. import conf
from ..database import aliases
from ..models import AccountToken, Session
from ..primitives.clock import SECOND
from . import account_tokens, second_factor

WEEK = 7 * 86_400
"""Seconds for which such a login counts: as long as the link that undoes a change is good."""
PURPOSE = "weak_login"


def is_weak(methods: frozenset[str]) -> bool:
    """Whether a login by these methods showed no second factor, and no device that stood for it. Pure."""
    return not second_factor.was_shown(methods) and second_factor.REMEMBERED not in methods


def since(user: Any, now: int) -> bool:
    """Whether a login of this user within the last week showed no second factor."""
    sessions = Session.objects.using(aliases.sessions_alias()).filter(user_id=user.pk)
    if any(is_weak(frozenset(amr.split())) for amr in _young(sessions, now).values_list("amr", flat=True)):
        return True
    return bool(_rows().filter(user_id=user.pk, purpose=PURPOSE, expires_at__gt=now).exists())


def note(sessions: QuerySet[Session], now: int) -> None:
    """Note the weak logins of the last week among these sessions, which are about to be deleted."""
    found = conf.current()
    if found.second_factor is None or not found.email_undo_url:
        return
    _store(_young(sessions, now).values_list("user_id", "created_at", "amr"))


def _young(sessions: QuerySet[Session], now: int) -> QuerySet[Session]:
    """Those of the last week in which somebody has logged in.

    Where a login is carried on, or staff acts for the user, nobody has: there is no time of a login, and no method. A
    session from elsewhere may have lost its time (`ON_CONTEXT_CHANGE`), but not its methods.
    """
    return sessions.filter(created_at__gte=now - WEEK * SECOND).exclude(authenticated_at=0, amr="")


def _store(logins: Iterable[tuple[Any, int, str]]) -> None:
    """One row a user, which lasts as long as the latest of the logins counts."""
    latest: dict[Any, int] = {}
    for user_id, created_at, amr in logins:
        if is_weak(frozenset(amr.split())):
            latest[user_id] = max(created_at, latest.get(user_id, 0))
    ends = {user_id: created_at + WEEK * SECOND for user_id, created_at in latest.items()}
    rows = [AccountToken(**account_tokens.of_user(user_id, PURPOSE), expires_at=at) for user_id, at in ends.items()]
    if rows:
        _rows().bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        _rows().filter(pk=row.pk, expires_at__lt=row.expires_at).update(expires_at=row.expires_at)


def _rows() -> QuerySet[AccountToken]:
    return AccountToken.objects.using(aliases.sessions_alias()).all()
