"""Authentication: from an access token to a principal, or to the reason why not.

Exact mode: one statement returns session, user, epochs, key-ring version and revocations together, so whatever was
ended is refused on the next request in every process. The signature is remembered; nothing else is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.principal import Principal
from ..accounts.validity import session_invalid_reason
from ..api_tokens import issue_and_revoke
from ..database import aliases, issuers, session_read, signing_keys
from ..database.feed_state import name_of
from ..database.session_read import Digests, SessionState, digests
from ..errors import Failure, InvalidClaims, InvalidSignature, InvalidToken, MalformedToken, TemporarilyUnavailable
from ..keys.key import Key
from ..primitives import clock
from ..primitives.clock import SECOND
from ..primitives.sized_cache import SizedCache
from ..tokens import api_token
from ..tokens.access_claims import ACCESS_TOKEN_TYPE, AccessClaims, check, parse
from ..tokens.jws import MAX_LENGTH, NOT_COMPACT, Header, verify
from . import impersonation
from .access_tokens import subject

CACHE_BYTES = 16 * 2**20
"""Bytes of verified tokens that a process remembers: about 5,000 of the usual length."""
SKEW = 120
"""Seconds by which this machine's clock may differ from the database's and still only refuse what has expired."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Claims under a signature that holds, the key that made it, and the names by which they could be revoked."""

    claims: AccessClaims
    kid: str
    names: Digests
    feed_names: tuple[int, ...] = ()


@sensitive_variables()
def authenticate(
    token: str, *, issuer: str, audiences: frozenset[str], place: tuple[str, str] | None = None
) -> Principal | Failure:
    """The principal an access token for one of these audiences stands for, or a `Failure` with the check that failed.

    `place` is the alias and schema of now, where the caller has asked for them already.
    Cheap refusals come first: length and grammar, then the signature, then one statement. An API
    token is told by its form, and asked in its own way. Keys that cannot be used just now refuse no token for good.
    """
    if api_token.is_one(token):
        return issue_and_revoke.authenticate(token, issuer=issuer, audiences=audiences)
    try:
        place = place or aliases.sessions_place()
        known = verified(token, issuer, place)
        if isinstance(known, Failure):
            return known
        return _principal(known, issuer, audiences, place)
    except TemporarilyUnavailable as error:
        return Failure(TemporarilyUnavailable, str(error))


@sensitive_variables()
def refuse_in_memory(token: str, issuer: str) -> Failure | None:
    """The `Failure` of a token that what it is and the keys in memory refuse; None for every other.

    For code that may not wait for a database: one issuer, whose keys lie in one place. It raises Django's
    `SynchronousOnlyOperation` where a key must be read after all.
    """
    if api_token.is_one(token):
        return None
    place = aliases.sessions_place()
    if not signing_keys.is_in_memory(issuer, place):
        return None
    found = verified(token, issuer, place)
    if isinstance(found, Failure):
        return found
    return Failure(InvalidToken, "expired") if _is_long_expired(found) else None


@sensitive_variables()
def just_expired(token: str, *, issuer: str, audiences: frozenset[str]) -> AccessClaims | None:
    """The claims of an access token that has expired, while what it has made may still be good; None for others.

    A token by which staff act for a user outlives it by up to `IMPERSONATION_LIFETIME`, the code of a handover by a
    minute. Both end with its revocation.
    """
    config = conf.current()
    lasting = config.outlived_by and config.outlived_by + config.leeway
    if not lasting or not isinstance(token, str) or api_token.is_one(token):
        return None
    using = aliases.sessions_alias()
    found = verified(token, issuer, (using, aliases.schema(using)))
    if isinstance(found, Failure) or found.claims.iss != issuer or found.claims.aud not in audiences:
        return None
    claims = found.claims
    return claims if claims.exp * SECOND <= issuers.now() < (claims.exp + lasting) * SECOND else None


def _is_long_expired(verified: Verified) -> bool:
    """Whether a token has expired by this machine's clock, however much that one differs from the database's."""
    return clock.now() >= (verified.claims.exp + SKEW) * SECOND


def authenticate_verified(verified: Verified, *, issuer: str, audiences: frozenset[str]) -> Principal | Failure:
    """The same for claims whose signature was verified before: those behind a ticket. It always asks the database."""
    try:
        return _principal(verified, issuer, audiences, aliases.sessions_place())
    except TemporarilyUnavailable as error:
        return Failure(TemporarilyUnavailable, str(error))


def _principal(
    verified: Verified, issuer: str, audiences: frozenset[str], place: tuple[str, str]
) -> Principal | Failure:
    claims = verified.claims
    if _is_long_expired(verified):
        return Failure(InvalidToken, "expired")
    row = read_valid(verified, issuer, audiences, place)
    if isinstance(row, Failure):
        return row
    scopes = claims.scope & frozenset(row.scope.split())
    return Principal(row.user, claims.sid, claims.client_id, scopes, claims, checked_at=row.now, kid=verified.kid)


def read_valid(
    verified: Verified, issuer: str, audiences: frozenset[str], place: tuple[str, str]
) -> SessionState | Failure:
    """The row of a verified token's session, or a `Failure` where the token is refused all the same."""
    row = session_read.read_validity(verified.claims.sid, issuer, verified.names)
    if row is None:
        return Failure(InvalidToken, "the session or its user is gone")
    reason = rejection_reason(row, verified, issuer, audiences, place)
    reason = reason or (
        impersonation.ended_reason(verified.claims, row.user, issuer) if verified.claims.act else None
    )
    return row if reason is None else Failure(InvalidToken, reason)


def clear_signature_cache() -> None:
    """Drop every remembered signature. For tests."""
    _signature_cache.clear()


def rejection_reason(
    row: SessionState, verified: Verified, issuer: str, audiences: frozenset[str], place: tuple[str, str]
) -> str | None:
    """Why a verified token is refused all the same, or None."""
    claims, config = verified.claims, conf.current()
    try:
        check(claims, issuer=issuer, audiences=audiences, now=row.now, leeway=config.leeway)
    except InvalidClaims as error:
        return str(error)
    if row.is_revoked:
        return "the token, its session or its key was revoked"
    down = session_invalid_reason(row, issuer)
    if down is not None:
        return down.reason
    if claims.auth_time < row.authenticated_at // SECOND:
        return "the token is of before the session's step-up (SU-07)"
    if claims.epochs < (row.issuer_epoch_now, 0) or claims.epochs[1] < row.user_epoch_now:
        return "the token is of an earlier epoch"
    if claims.client_id != row.client_id or claims.sub != subject(row.user, config):
        return "sub or client_id is not that of the session"
    if claims.client_id not in config.clients:
        return "the client is no longer in BEARER['CLIENTS']"
    if claims.cnf is not None or row.binding:
        return "the token is bound to a key, and this server checks no binding yet"
    if signing_keys.ring(issuer, row.ring_version, place).verifier(verified.kid) is None:
        return "the key is no longer in the ring"
    return None


_signature_cache: SizedCache[tuple[str, str, str, bytes], Verified] = SizedCache(CACHE_BYTES)


@sensitive_variables()
def verified(token: str, issuer: str, place: tuple[str, str]) -> Verified | Failure:
    """The claims of a token whose signature holds under the issuer's ring.

    Remembered by the ring (database, schema and issuer) and the token's digest.
    """
    if len(token) > MAX_LENGTH or not token.isascii():
        return Failure(InvalidToken, f"longer than {MAX_LENGTH} characters, or not ASCII")
    if token.count(".") != 2:  # what is no token is not worth a digest, either
        return Failure(InvalidToken, NOT_COMPACT)
    name = (*place, issuer, hashlib.sha256(token.encode("ascii")).digest())
    known = _signature_cache.get(name)
    if known is not None:
        return known
    kids: list[str] = []

    def key_for(header: Header) -> Key | None:
        kids.append(header.kid or "")
        return _find(issuer, header.kid)

    try:
        claims = parse(verify(token, key_for, ACCESS_TOKEN_TYPE))
    except (MalformedToken, InvalidSignature, InvalidClaims) as error:
        return Failure(InvalidToken, str(error))
    names = digests(claims.sid, claims.jti, kids[0])
    found = Verified(claims, kids[0], names, _names_in_feed(claims, names))
    _signature_cache.put(name, found)
    return found


def _names_in_feed(claims: AccessClaims, names: Digests) -> tuple[int, ...]:
    """The names by which the feed would tell of a change; empty in exact mode, which asks the database."""
    if conf.current().revocation != conf.FEED:
        return ()
    digests = (name_of("digest", digest.hex()) for digest in names)
    return (name_of("session", str(claims.sid)), name_of("user", claims.sub), *digests)


def _find(issuer: str, kid: str | None) -> Key | None:
    """The ring's key of that kid. A kid the copy in memory lacks may be new: look again, but not for everybody."""
    if not kid:
        return None
    known = signing_keys.ring(issuer).verifier(kid)
    return (
        known if known is not None or not signing_keys.is_kid(kid) else signing_keys.reload_ring(issuer).verifier(kid)
    )
