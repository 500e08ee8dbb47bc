"""The token response: what a login and a refresh answer, made from a session as it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..keys.keyring import KeyRing
from ..primitives.clock import SECOND
from ..tokens.refresh_token import RefreshToken
from .access_tokens import AccessTokenData, issue_access_token
from .custom_claims import login_claims
from .expiry import idle_end


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The tokens that a login or a refresh returns.

    Attributes:
        session_id: The id of the session.
        access_token: The access token.
        expires_in: The lifetime of the access token in seconds.
        refresh_token: The refresh token, or None where the client keeps the one it has.
        refresh_expires_in: The lifetime of the refresh token in seconds, or None without one.
        scope: The scopes of the access token.
        rotated: False where nothing was written, because the answer repeats that to another request.

    Source:
        RFC 6749 section 5.1.
    """

    session_id: uuid.UUID
    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str | None = field(repr=False)
    refresh_expires_in: int | None
    scope: frozenset[str]
    rotated: bool = True


def access_token_data(row: Any, user: Any, audience: str, scope: Iterable[str]) -> AccessTokenData:
    """What an access token for `user` is made from; `row` is a session's row, just written or just read."""
    return AccessTokenData(
        user=user,
        session_id=row.id,
        issuer=row.issuer,
        audience=audience,
        client_id=row.client_id,
        scope=frozenset(scope),
        authenticated_at=row.authenticated_at,
        access_seconds=row.access_seconds,
        issuer_epoch=row.issuer_epoch,
        user_epoch=row.user_epoch,
        amr=tuple(row.amr.split()),
        acr=row.acr,
        login_claims=login_claims(row.extras),
    )


@sensitive_variables()
def token_response(
    granted: AccessTokenData, ring: KeyRing, row: Any, now: int, token: RefreshToken | None, rotated: bool = True
) -> IssuedTokens:
    """The answer at `now` (microseconds); `token` is encoded under the key it was made with, None hands out none.

    An access token ends with its session: where nothing is rotated, at the idle end that the row has already.
    """
    idle_ends_at = idle_end(now, row.idle_seconds, row.ends_at)
    access = issue_access_token(granted, ring, now, idle_ends_at if rotated else row.idle_ends_at)
    left = (idle_ends_at - now) // SECOND
    return IssuedTokens(
        session_id=row.id,
        access_token=access.text,
        expires_in=access.claims.exp - access.claims.iat,
        refresh_token=token.encode(ring.refresh[token.key_id]) if token is not None else None,
        refresh_expires_in=left if token is not None else None,
        scope=granted.scope,
        rotated=rotated,
    )
