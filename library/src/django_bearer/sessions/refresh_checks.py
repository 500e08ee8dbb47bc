"""A check of the project's that is asked before a session is refreshed, for sessions that carry on an earlier login.

A session that was exchanged for another package's key ends with that key. Only the project's bridge knows how to find
the key, so it is asked. Nothing is asked while no check is registered.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest

from ..database.conflicts import is_lost_race
from ..database.session_read import SessionRow
from ..errors import Failure, SessionEnded, TemporarilyUnavailable
from . import revocation

logger = logging.getLogger("django_bearer.debug")
RefreshCheck = Callable[[uuid.UUID, Any, HttpRequest | None], Any]
CAUSE = "carried_login_ended"

_check: RefreshCheck | None = None


def register_refresh_check(find: RefreshCheck | None) -> None:
    """Have a function asked before each refresh. Call it in `AppConfig.ready()`.

    Args:
        find: A function of the session's id, its user and the request, which is None where there is none. It returns
            None, or a `Failure` of `django_bearer.errors`: with `SessionEnded` the session ends, with any other error
            the refresh is refused and the token stays unspent. It is called outside of any transaction, may be called
            more than once, and must not write. None takes an earlier function back.
    """
    global _check
    _check = find


def refusal(row: SessionRow, request: Any) -> Failure | None:
    """Why a session is not refreshed, or None. A check that fails has decided nothing: the client may ask again."""
    if _check is None:
        return None
    try:
        found = _check(row.id, row.user, request if isinstance(request, HttpRequest) else None)
    except Exception as error:
        if isinstance(error, OperationalError) and is_lost_race(error):
            raise
        logger.exception("The refresh check raised %s; no token was used.", type(error).__name__)
        return Failure(TemporarilyUnavailable, "the refresh check failed; its traceback is in the log")
    if found is None:
        return None
    if not isinstance(found, Failure):
        logger.error("The refresh check returned %s. Return None or a Failure.", type(found).__name__)
        return Failure(TemporarilyUnavailable, "the refresh check returned neither None nor a Failure")
    if issubclass(found.error, SessionEnded):
        revocation.end_session(row.id, CAUSE)
        revocation.end_api_tokens_of(row.id, CAUSE)
    return found
