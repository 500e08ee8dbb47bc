"""What a token that somebody has found is, and what it belongs to, whatever became of it: for an operator.

No part of authentication: an expired token, one of a retired key and one of an ended session are found, too.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..accounts import lookup
from ..accounts.validity import session_invalid_reason
from ..api_tokens import issue_and_revoke
from ..database import aliases, api_token_read, issuers, session_read, signing_keys
from ..database.session_read import SessionState
from ..errors import BearerError, Failure, MalformedToken
from ..models import ApiToken
from ..primitives.clock import SECOND
from ..tokens import api_token, refresh_token
from ..tokens.access_claims import AccessClaims, parse
from ..tokens.jws import take_apart
from ..tokens.opaque_format import FAMILY
from .issued_refresh_tokens import prove
from .verification import verified

OTHER_KINDS = {
    "cs": "the secret of a client: replace it in CLIENTS",
    "dv": "a known-device token, which authenticates nobody",
    "ho": "the code of a handover, good for a minute",
    "lt": "a limited token, good for minutes",
    "rc": "a recovery token, good for minutes",
    "rd": "a remembered-device token: end everything of its user",
    "tk": "a ticket, good for seconds",
}
"""By the two letters of its prefix, what no command can end by itself."""


class TokenKind(StrEnum):
    """What a found token is."""

    ACCESS = "access token"
    REFRESH = "refresh token"
    API = "API token"


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token of this server.

    `owner` is a user, a service account, or None where it is gone; `belongs_to` the id of its session or API token.
    `refused` says why it is not accepted any more, and `ended_before` that its session or itself was revoked. The
    last use is noted of API tokens alone: a timestamp in microseconds, and an address.
    """

    kind: TokenKind
    issuer: str
    client_id: str
    owner: Any
    belongs_to: uuid.UUID
    refused: str
    ended_before: bool
    claims: AccessClaims | None = None
    last_used_at: int | None = None
    last_used_from: str = ""


@sensitive_variables()
def find(text: str) -> FoundToken | str:
    """The token in `text`, or why it is none that could be ended, in words that do not repeat it.

    Raises `TemporarilyUnavailable` where the keys that tell cannot be used.
    """
    if api_token.is_one(text):
        return _find_api_token(text)
    if text.startswith(f"{FAMILY}_{refresh_token.KIND}_"):
        return _find_refresh_token(text)
    if text.startswith(f"{FAMILY}_"):
        kind = text.removeprefix(f"{FAMILY}_")[:2]
        return f"This is {OTHER_KINDS[kind]}." if kind in OTHER_KINDS else "No token of this server begins like this."
    return _find_access_token(text)


@sensitive_variables()
def _find_api_token(text: str) -> FoundToken | str:
    try:
        presented = api_token.read(text)
    except MalformedToken:
        return "This begins as an API token does, and is damaged: a character is wrong or missing."
    rows = ApiToken.objects.using(aliases.sessions_alias()).filter(pk=presented.id)
    issuer, used_at, used_from = rows.values_list("issuer", "last_used_at", "last_used_from").first() or (
        None,
        None,
        "",
    )
    row = None if issuer is None else api_token_read.read(presented.id, issuer)
    if row is None or issuer is None or not hmac.compare_digest(presented.digest(), row.digest):
        return "No API token of this server: it was never one, or its row was deleted after its end."
    reason = issue_and_revoke.rejection_reason(row, issuer, frozenset((row.audience,)))
    return FoundToken(
        TokenKind.API,
        issuer,
        "",
        row.user,
        row.id,
        reason or "",
        ended_before=row.revoked_at is not None,
        last_used_at=used_at,
        last_used_from=used_from,
    )


@sensitive_variables()
def _find_refresh_token(text: str) -> FoundToken | str:
    try:
        key_id = refresh_token.read(text).token.key_id
    except MalformedToken:
        return "This begins as a refresh token does, and is damaged: a character is wrong or missing."
    issuer = signing_keys.issuer_of_refresh_key(key_id)
    proven = None if issuer is None else prove(text, issuer)
    if issuer is None or proven is None:
        return "No key of this server made this refresh token."
    row = session_read.read_validity(proven.session_id, issuer, session_read.digests(proven.session_id))
    client_id, owner = ("", None) if row is None else (row.client_id, row.user)
    return FoundToken(
        TokenKind.REFRESH, issuer, client_id, owner, proven.session_id, _ended(row, issuer), _is_revoked(row)
    )


@sensitive_variables()
def _find_access_token(text: str) -> FoundToken | str:
    try:
        parts = take_apart(text)
        kid, unproven = parts.header.kid or "", parse(parts.payload)
    except BearerError:
        return "No token of this server has this form."
    issuer = signing_keys.issuer_of_signing_key(kid)
    if issuer is None:
        return (
            f"No key of this server has the name that this token gives, {kid[:43]!r}. It may have been removed or"
            f" revoked: the token is refused then, and the session that it names ({unproven.sid}) goes on. If you"
            " trust where the token comes from, end everything of its user."
        )
    using = aliases.sessions_alias()
    found = verified(text, issuer, (using, aliases.schema(using)))
    if isinstance(found, Failure) or found.claims.iss != issuer:
        return "This names a key of this server, which did not sign it as an access token."
    claims = found.claims
    row = session_read.read_validity(claims.sid, issuer, session_read.digests(claims.sid, claims.jti, kid))
    refused = _ended(row, issuer)
    if row is not None and not refused and row.is_revoked:
        refused = "the token was revoked"
    if not refused and claims.exp * SECOND <= (issuers.now() if row is None else row.now):
        refused = "the token has expired"
    owner = lookup.user_of_subject(claims.sub) if row is None else row.user
    return FoundToken(
        TokenKind.ACCESS, issuer, claims.client_id, owner, claims.sid, refused, _is_revoked(row), claims
    )


def _ended(row: SessionState | None, issuer: str) -> str:
    """Why a session is valid no more; empty while it is."""
    if row is None:
        return "the session's row was deleted after its end"
    invalid = session_invalid_reason(row, issuer)
    return "" if invalid is None else invalid.reason


def _is_revoked(row: SessionState | None) -> bool:
    return row is None or row.revoked_at is not None
