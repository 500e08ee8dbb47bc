"""The first use of a session: until one of its tokens has been shown, nobody is known to hold them, and it ends soon.

A client that hangs up while it logs in leaves a session of which it never learns. A server cannot always tell that at
the time of writing: the operating system takes an answer for a connection that is gone. So the first token that is
shown is what says that the answer arrived: an access token, or the refresh token, whose rotation writes anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import Error as DatabaseError
from django.db import OperationalError

from .. import events
from ..database import aliases
from ..database.conflicts import is_lost_race
from ..database.session_read import SessionState
from ..models import Session
from ..primitives import clock
from ..primitives.clock import SECOND
from .expiry import idle_end

FIRST_USE_WITHIN = 3 * 86_400
"""Seconds after the login within which a token has to be shown: longer than a weekend that follows the login."""
PAUSE = 60 * SECOND
"""Microseconds for which this process notes nothing once the database took no note: it may take no writes."""


def expected_within(idle_seconds: int, audiences: Sequence[str]) -> int | None:
    """Seconds within which a new session's first use is waited for; None where it is not.

    Tokens for other services are shown there, and may be verified without asking us. A session that is idle sooner
    anyway needs no other end.
    """
    return None if audiences or idle_seconds <= FIRST_USE_WITHIN else FIRST_USE_WITHIN


def note(row: SessionState) -> None:
    """Note that an access token of this session was shown: one statement for each session.

    It may come late, and fails nobody: the session is good for days, and the next request notes the same. So inside
    a caller's transaction, which could be rolled back or broken by it, nothing is written.
    """
    global _failed_at
    if not row.unused or aliases.in_transaction(aliases.sessions_alias()) or 0 <= clock.now() - _failed_at < PAUSE:
        return
    try:
        _note(row)
    except DatabaseError as error:
        if isinstance(error, OperationalError) and is_lost_race(error):
            return  # to whoever notes the same, or refreshes
        _failed_at = clock.now()
        events.logger.error("the first use of a session was not noted: %s", type(error).__name__)


def begin_anew() -> None:
    """Note again at once. For tests."""
    global _failed_at
    _failed_at = -PAUSE


_failed_at = -PAUSE


def _note(row: SessionState) -> None:
    """From now on the session is idle as its client's settings have it, reckoned from its first use."""
    rows = Session.objects.using(aliases.sessions_alias()).filter(pk=row.id, unused=True, revoked_at__isnull=True)
    rows.update(unused=False, idle_ends_at=idle_end(row.now, row.idle_seconds, row.ends_at))
