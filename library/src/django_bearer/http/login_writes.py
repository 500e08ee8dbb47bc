"""What a login writes once everybody agrees: all in one transaction, of which the session alone is indispensable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import Any

from django.db import DatabaseError, transaction

from .. import events
from ..accounts import last_login
from ..database import aliases, event_records, independent_writes, login_rows, rate_limit_corrections
from ..database.after_commit import after_commit
from ..database.conflicts import retry_on_conflict
from ..database.login_rows import UserGone
from ..database.model_listeners import are_only_ours
from ..events import SecurityEvent
from ..models import Session
from ..sessions import issue
from ..sessions.issue import PreparedSession
from . import login_limits
from .login_limits import CountedAttempt


class _Apart(Exception):
    """What goes with the session could not be written with it."""


def write(
    session: PreparedSession, user: Any, attempt: CountedAttempt, event: SecurityEvent, noted: Sequence[Any]
) -> None:
    """Store the session of `user`, the `last_login` of those who are `noted`, and the event; take back the attempt.

    One transaction, so that a login waits for the disk once. A fault in what only goes with the session refuses
    nobody: that is then done on its own, as it is inside a caller's transaction, which may yet be rolled back.
    """
    connection = aliases.connection(aliases.sessions_alias())
    taken_back = kept = stored = False
    if not independent_writes.is_in_transaction(connection):
        stored, taken_back, kept = _by_statements(session, user, attempt, event, noted)
        if not stored:
            with suppress(_Apart):  # its transaction is rolled back; whatever fails again is logged below
                taken_back = retry_on_conflict(
                    lambda: _store(session, noted, lambda: _go_with_it(connection, user, attempt, event))
                )
                stored = kept = True
    if not stored:
        retry_on_conflict(lambda: _store(session, noted, lambda: False))
    issue.keep_limit(session)
    if not taken_back:
        after_commit("forgetting attempts", lambda: attempt.succeeded(user))
    with event_records.kept(event) if kept else nullcontext():
        events.tell(event)


def _by_statements(
    session: PreparedSession, user: Any, attempt: CountedAttempt, event: SecurityEvent, noted: Sequence[Any]
) -> tuple[bool, bool, bool]:
    """Write it all by statements that are made once. Whether the session was stored, the attempt taken back with it,
    and the event kept with it. Nothing was written where the ORM has to, or where anything failed."""
    columns = [last_login.column(one) for one in noted]
    if len(columns) > 1 or None in columns or not are_only_ours(Session):
        return False, False, False
    corrections = login_limits.corrections(attempt, user)
    row = event_records.new_row(event)
    try:
        login_rows.store(session.row, columns[0] if columns else None, corrections or {}, row)
    except (DatabaseError, UserGone):
        return False, False, False
    return True, corrections is not None, row is not None


def _store(session: PreparedSession, noted: Sequence[Any], beside: Callable[[], bool]) -> bool:
    with transaction.atomic(using=aliases.sessions_alias()):
        for user in noted:
            last_login.save(user)
        issue.insert(session)
        return beside()


def _go_with_it(connection: Any, user: Any, attempt: CountedAttempt, event: SecurityEvent) -> bool:
    """Write what goes with the session; whether the attempt was taken back here. The rows of counters, which others
    want too, are locked last but for the event. Raises `_Apart`, also for a lost race: nobody waits for this."""
    try:
        corrections = login_limits.corrections(attempt, user)
        if corrections is not None:
            with connection.cursor() as cursor:
                rate_limit_corrections.correct_with(cursor, corrections)
        event_records.keep_within(event)
    except Exception as error:
        raise _Apart from error
    return corrections is not None
