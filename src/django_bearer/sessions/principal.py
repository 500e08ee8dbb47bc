"""Who is asking, once a token has been believed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from ..models import Session
from ..storage import place
from ..tokens.claims import AccessClaims


@dataclass(frozen=True, slots=True)
class Principal:
    """What authentication yields: the user, the session, the scopes of this token, and its claims."""

    user: Any
    session_id: uuid.UUID
    client_id: str
    scopes: frozenset[str]
    claims: AccessClaims

    def has_scopes(self, *wanted: str) -> bool:
        """Whether this token carries every one of these scopes."""
        return self.scopes.issuperset(wanted)

    def session(self) -> Session:
        """The session's row, read afresh. Raises `Session.DoesNotExist` when it has been purged."""
        return Session.objects.using(place.alias()).get(pk=self.session_id)
