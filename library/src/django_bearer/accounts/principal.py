"""The principal: the result of authentication."""

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
class LegacyLogin:
    """Whose a credential of another package is, while a project that moves still accepts it.

    Attributes:
        user: The user.
        source: The name of the package that issued it.
        scopes: The scopes that the project gives to such credentials.
        expires_at: When it ends, in seconds since 1970.
    """

    user: Any
    source: str
    scopes: frozenset[str]
    expires_at: int


@dataclass(frozen=True, slots=True)
class Principal:
    """The result of authentication, which is `request.auth`.

    An access token comes with a session and claims. An API token comes with neither, but with a row of its own. A
    credential of another package comes with neither, but with `legacy`.

    Attributes:
        user: The user, or a `ServiceAccount`.
        session_id: The id of the session, or None for an API token.
        client_id: The client of the session, or `api-token`, or `legacy:` and the name of the other package.
        scopes: The scopes of the token.
        claims: The claims of an access token, or None.
        api_token: The state of an API token's row, or None.
        checked_at: When the access token was checked, by the database's time in microseconds since 1970, or None.
        legacy: The login that a credential of another package stands for, or None.
        kid: The id of the key that signed the access token, or empty.
        by_ticket: Whether a ticket or its cookie was shown, not the token itself. Then it makes no other ticket.
    """

    user: Any
    session_id: uuid.UUID | None
    client_id: str
    scopes: frozenset[str]
    claims: AccessClaims | None
    api_token: ApiTokenState | None = None
    checked_at: int | None = None
    legacy: LegacyLogin | None = None
    kid: str = ""
    by_ticket: bool = False

    def has_scopes(self, *wanted: str) -> bool:
        """Tell whether the token has every one of these scopes.

        Args:
            *wanted: Names of scopes.

        Returns:
            True when none is missing.
        """
        return self.scopes.issuperset(wanted)

    def expires_at(self) -> int:
        """Return when the token ends.

        Returns:
            A timestamp in seconds since 1970.
        """
        if self.api_token is not None:
            return self.api_token.expires_at // SECOND
        if self.legacy is not None:
            return self.legacy.expires_at
        return self.claims.exp if self.claims is not None else 0

    def session(self) -> Session:
        """Read the session's row.

        Returns:
            The row as it is now.

        Raises:
            Session.DoesNotExist: The session was purged, or this is an API token.
        """
        return Session.objects.using(aliases.sessions_alias()).get(pk=self.session_id or _NONE)
