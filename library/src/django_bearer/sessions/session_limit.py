"""The limit of sessions: a login too many ends the one that was used least recently, and is never itself refused."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from ..database import aliases
from ..models import Session
from . import revocation


def evict(user_id: Any, issuer: str, client_id: str, limit: int, now: int) -> int:
    """End the sessions of a user and client beyond `limit`, the least recently used first; returns how many.

    Asked after each login has committed its row. Logins that race all see the same order, so however many there are,
    `limit` sessions are alive when the last of them is through, and the newest are among them. `now` in microseconds.
    """
    alive = Session.objects.using(aliases.sessions_alias()).filter(
        user_id=user_id,
        issuer=issuer,
        client_id=client_id,
        revoked_at__isnull=True,
        idle_ends_at__gt=now,
        ends_at__gt=now,
    )
    used_last = alive.annotate(used=Coalesce(F("rotated_at"), F("created_at"))).order_by(
        "-used", "-created_at", "-pk"
    )
    too_many = list(used_last.values_list("pk", flat=True)[limit:])
    return sum(revocation.end_session(session_id, "evicted") for session_id in too_many)
