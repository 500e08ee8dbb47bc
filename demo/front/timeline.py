"""The timeline of a user's tokens: the security events of the user's sessions, kept in memory for the page."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from typing import Any

from django.db import connections

from django_bearer import issue_session, refresh_session
from django_bearer.errors import SessionEnded
from django_bearer.events import EventKind, SecurityEvent, made, security_event
from django_bearer.primitives.clock import SECOND

MOST = 500
SHOWN = {
    EventKind.LOGIN_SUCCESS: "login",
    EventKind.TOKEN_REFRESHED: "refreshed",
    EventKind.STEP_UP: "step_up",
    EventKind.REFRESH_CONCURRENT: "concurrent",
    EventKind.TOKEN_REUSED: "reused",
    EventKind.SESSION_REVOKED: "ended",
    EventKind.LOGOUT_EVERYWHERE: "ended_everywhere",
    EventKind.FACTOR_ADDED: "factor_added",
    EventKind.FACTOR_REMOVED: "factor_removed",
    EventKind.PASSWORD_RECOVERED: "password_recovered",
    EventKind.EMAIL_CHANGED: "email_changed",
}
GRACE = 11
"""Seconds until a copy of a refresh token is not taken for an answer that was lost."""
_numbers = itertools.count(1)
_events: deque[tuple[int, SecurityEvent]] = deque(maxlen=MOST)
_thefts: set[Any] = set()


def connect() -> None:
    """Begin to listen."""
    security_event.connect(_keep, dispatch_uid="demo.timeline")


def _keep(sender: Any, event: SecurityEvent, **_: Any) -> None:
    if event.kind in SHOWN:
        _events.append((next(_numbers), event))


def of(user: Any, after: int) -> list[dict[str, Any]]:
    """What happened to this user's tokens after that number, the oldest first."""
    return [
        {
            "number": number,
            "what": SHOWN[event.kind],
            "at": event.at // SECOND,
            "session": event.session_id,
            "why": str(event.details.get("cause") or event.details.get("reason") or ""),
        }
        for number, event in list(_events)
        if number > after and event.user_id == str(user.pk)
    ]


def steal(user: Any) -> bool:
    """Show a theft: a phone logs in and refreshes, then somebody sends a copy of its token. False if one runs."""
    if user.pk in _thefts:
        return False
    _thefts.add(user.pk)
    threading.Thread(target=_theft, args=(user,), daemon=True).start()
    return True


def _theft(user: Any) -> None:
    try:
        tokens = issue_session(user, amr=["pwd"], extras={"device": "Phone", "where": ""})
        begun = made(EventKind.LOGIN_SUCCESS, user_id=str(user.pk), session_id=str(tokens.session_id))
        _keep(None, begun)  # for this page alone: nobody has logged in
        copied = tokens.refresh_token
        refresh_session(str(copied))
        time.sleep(GRACE)
        refresh_session(str(copied))
    except SessionEnded:
        pass  # the copy was found out, and the phone's session has ended
    finally:
        _thefts.discard(user.pk)
        connections.close_all()
