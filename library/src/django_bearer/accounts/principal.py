"""Who is asking, once a token has been believed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from ..database import aliases
from ..database.api_token_read import ApiTokenState
from ..models import Session
from ..primitives.clock import SECOND
from ..tokens.access_claims import AccessClaims

_NONE = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Principal:
    """What authentication yields: who asks, and with what.

    An access token comes with a session and claims. An API token comes with neither: it has a row of its own, its
    `client_id` is `api-token`, and its `user` may be a `ServiceAccount`.
    """

    user: Any
    session_id: uuid.UUID | None
    client_id: str
    scopes: frozenset[str]
    claims: AccessClaims | None
    api_token: ApiTokenState | None = None

    def has_scopes(self, *wanted: str) -> bool:
        """Whether this token carries every one of these scopes."""
        return self.scopes.issuperset(wanted)

    def expires_at(self) -> int:
        """When the token ends, in seconds since 1970."""
        if self.api_token is not None:
            return self.api_token.expires_at // SECOND
        return self.claims.exp if self.claims is not None else 0

    def session(self) -> Session:
        """The session's row, read afresh. Raises `Session.DoesNotExist` when it was purged, or never was."""
        return Session.objects.using(aliases.sessions_alias()).get(pk=self.session_id or _NONE)
