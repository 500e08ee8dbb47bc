"""When and from where an API token was last used: noted seldom, and never at the cost of a request."""

from __future__ import annotations

from typing import Any

from django.db import Error as DatabaseError
from django.db import OperationalError, transaction
from django.db.models import Q

from .. import events
from ..database import aliases
from ..database.api_token_read import ApiTokenState
from ..database.conflicts import is_lost_race
from ..models import ApiToken
from ..primitives import clock
from ..primitives.clock import SECOND

AGAIN_AFTER = 600 * SECOND
"""Microseconds between two notes of a token's last use, so that a busy one costs no write a request."""
PAUSE = 60 * SECOND
"""Microseconds for which this process notes nothing once the database took no note: it may take no writes at all."""


def note(row: ApiTokenState, address: str) -> None:
    """Note a use. A row that somebody holds is passed over, so that no request waits for this."""
    global _failed_at
    if row.last_used_at is not None and row.now - row.last_used_at < AGAIN_AFTER:
        return
    if 0 <= clock.now() - _failed_at < PAUSE:
        return
    try:
        with transaction.atomic(
            using=aliases.sessions_alias()
        ):  # or a failure would break the transaction around this
            noted = _note(row, address)
    except DatabaseError as error:
        if isinstance(error, OperationalError) and is_lost_race(error):
            return  # another request has recorded the use
        _failed_at = clock.now()
        events.logger.error("the last use of an API token was not noted: %s", type(error).__name__)
        return
    if noted and row.exposed_at is not None:
        details: dict[str, str | int] = {"token": str(row.id)}
        user_id = "" if row.user_id is None else str(row.user_id)
        events.publish(events.EventKind.EXPOSED_TOKEN_USED, user_id=user_id, address=address, details=details)


def reset() -> None:
    """Note again at once. For tests."""
    global _failed_at
    _failed_at = -PAUSE


_failed_at = -PAUSE


def _note(row: ApiTokenState, address: str) -> int:
    """How many rows were noted: none where another request was faster."""
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=row.now - AGAIN_AFTER)
    due = _rows().filter(stale, pk=row.id)
    can_pass_over = aliases.connection(aliases.sessions_alias()).features.has_select_for_update_skip_locked
    if can_pass_over and not due.select_for_update(skip_locked=True).values_list("pk", flat=True):
        return 0
    return int(due.update(last_used_at=row.now, last_used_from=address[:50]))


def _rows() -> Any:
    return ApiToken.objects.using(aliases.sessions_alias())
