"""How many API tokens a user makes: those made and revoked again leave rows, so a day has a limit too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import OperationalError
from django.db.models import F

from .. import conf
from ..database import aliases
from ..database.conflicts import is_lost_race
from ..errors import RateLimited, TemporarilyUnavailable
from ..models import ApiToken, ServiceAccount, UserTokenVersion
from ..primitives.clock import SECOND

DAY = 86_400 * SECOND
TIMES = 4
"""How often in a day a user may fill `BEARER["API_TOKEN_LIMIT"]`."""
WAIT = 3600
"""Seconds after which it is worth trying again."""


def check_token_limit(owns: Mapping[str, Any], now: int, more: int = 0) -> None:
    """Raise `RateLimited` where a user has made too many API tokens in a day, whatever has become of them.

    `owns` is the column that names the owner; a service account is the operator's, and has no such limit.
    """
    if "user_id" not in owns:
        return
    most = TIMES * conf.current().api_token_limit
    made = ApiToken.objects.using(aliases.sessions_alias()).filter(created_at__gt=now - DAY, **owns).count()
    if made + more > most:
        raise RateLimited(f"this user has made {made} API tokens within a day", retry_after=WAIT)


def take_turns(owner: Any) -> None:
    """Within a caller's transaction, make others who ask for a token of this owner wait until it is over.

    What they have made is not seen before they commit, so that many at once would pass every limit. Outside of one,
    each counts again what others have committed meanwhile. Raises `TemporarilyUnavailable` where the database ends
    the wait for a race that is lost: only the whole transaction could be run again.
    """
    using = aliases.sessions_alias()
    if not aliases.connection(using).in_atomic_block:
        return
    try:
        _write_owner_as_it_is(using, owner)
    except OperationalError as error:
        if not is_lost_race(error):
            raise
        raise TemporarilyUnavailable("others make API tokens for the same owner") from error


def _write_owner_as_it_is(using: str, owner: Any) -> None:
    """A lock alone would not do: a snapshot at REPEATABLE READ would go on without what others have made."""
    if isinstance(owner, ServiceAccount):
        ServiceAccount.objects.using(using).filter(pk=owner.pk).update(is_active=F("is_active"))
        return
    epochs = UserTokenVersion.objects.using(using)
    epochs.bulk_create([UserTokenVersion(user_id=owner.pk)], ignore_conflicts=True)
    epochs.filter(user_id=owner.pk).update(epoch=F("epoch"))
