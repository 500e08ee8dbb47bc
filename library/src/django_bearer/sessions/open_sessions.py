"""Which of many things that stay open have lost the session, user, token or key that let them in."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import replace

from ..accounts import request_policy
from ..accounts.principal import Principal
from ..api_tokens import issue_and_revoke
from ..database import aliases, api_token_read, session_reads
from ..database.session_read import digests
from ..tokens.access_claims import LAST_TIMESTAMP, AccessClaims
from . import impersonation
from .verification import Verified, rejection_reason


def ended(held: Iterable[Principal], issuer: str) -> set[int]:
    """The `id()` of each of these principals that would not be let in any more.

    One statement for up to two thousand sessions, and one for each API token. The expiry of the tokens is not asked.
    """
    principals = list(held)
    of_sessions = [one for one in principals if one.claims is not None]
    found: set[int] = set()
    for start in range(0, len(of_sessions), session_reads.MOST):
        found |= _sessions_ended(of_sessions[start : start + session_reads.MOST], issuer)
    return found | _api_tokens_ended([one for one in principals if one.claims is None], issuer)


def _sessions_ended(held: Collection[Principal], issuer: str) -> set[int]:
    principals = {id(one): one for one in held}
    verified = {id(one): _lasting(one.claims, one.kid) for one in held if one.claims is not None}
    names = {name for one in verified.values() for name in one.names}
    rows = session_reads.read_states({one.claims.sid for one in verified.values()}, names, issuer)
    suspected = any(row.is_revoked for row in rows.values())
    revoked = session_reads.revoked_among(names) if suspected else set()
    using = aliases.sessions_alias()
    place = (using, aliases.schema(using))
    found = set()
    for key, one in verified.items():
        row = rows.get(one.claims.sid)
        if row is not None:
            row = replace(row, is_revoked=not revoked.isdisjoint(one.names))
        refused = row is None or rejection_reason(row, one, issuer, frozenset((one.claims.aud,)), place) is not None
        if row is not None and one.claims.act is not None:
            refused = refused or impersonation.ended_reason(one.claims, row.user, issuer) is not None
        if refused or row is None or not request_policy.judged(replace(principals[key], user=row.user)):
            found.add(key)
    return found


def _lasting(claims: AccessClaims, kid: str) -> Verified:
    """What was verified, as if the token lasted: its expiry is watched elsewhere."""
    return Verified(replace(claims, exp=LAST_TIMESTAMP), kid, digests(claims.sid, claims.jti, kid))


def _api_tokens_ended(held: Collection[Principal], issuer: str) -> set[int]:
    """The same for API tokens, each asked for once. A credential of another package cannot be asked for again."""
    tokens = {one.api_token.id for one in held if one.api_token is not None}
    alive = {token_id for token_id in tokens if _is_alive(token_id, issuer)}
    gone = {id(one) for one in held if one.api_token is None or one.api_token.id not in alive}
    return gone | {id(one) for one in held if id(one) not in gone and not request_policy.judged(one)}


def _is_alive(token_id: uuid.UUID, issuer: str) -> bool:
    row = api_token_read.read(token_id, issuer)
    return row is not None and issue_and_revoke.rejection_reason(row, issuer, frozenset((row.audience,))) is None
