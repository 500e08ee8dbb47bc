"""Authentication in feed mode: from an access token to a principal without a statement, where nothing has changed.

The signature and the claims are checked as in exact mode. What exact mode reads beside them has an entry in the feed
once it changes (docs/explain/feed.md): whoever holds a token that an entry may concern is asked for in the database.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.lazy_user import LazyUser, known_fields
from ..accounts.principal import Principal
from ..database import aliases, feed_reader, signing_keys
from ..database.feed_reader import Known
from ..database.feed_state import IssuerNow
from ..errors import ConfigurationError, Failure, InvalidClaims, InvalidToken, TemporarilyUnavailable
from ..primitives import clock
from ..primitives.clock import SECOND
from ..tokens import api_token
from ..tokens.access_claims import check
from . import verification
from .verification import SKEW, Verified

Place = tuple[str, str]


@sensitive_variables()
def authenticate(token: str, *, issuer: str, audiences: frozenset[str]) -> Principal | Failure:
    """As `verification.authenticate`, but by what this process knows where nothing has changed lately.

    Past the bound nothing is accepted. Asked for in the database are API tokens, which live long, and whatever is
    asked within a transaction: the feed does not know what that has changed.
    """
    using = aliases.sessions_alias()
    if api_token.is_one(token) or _in_transaction(using):
        return verification.authenticate(token, issuer=issuer, audiences=audiences)
    delay = conf.current().revocation_delay
    try:
        outcome = _decide(token, issuer, audiences, using, lambda: feed_reader.of(using, delay).fresh())
    except (TemporarilyUnavailable, ConfigurationError) as error:
        return Failure(TemporarilyUnavailable, str(error))
    return verification.authenticate(token, issuer=issuer, audiences=audiences) if outcome is None else outcome


@sensitive_variables()
def authenticate_in_memory(token: str, *, issuer: str, audiences: frozenset[str]) -> Principal | Failure | None:
    """The same where nothing has to be read or waited for; None everywhere else.

    For code on an event loop, with one issuer, whose keys lie in one place, and no transaction of another thread's
    around it. It raises Django's `SynchronousOnlyOperation` where a key must be read after all.
    """
    using = aliases.sessions_alias()
    if api_token.is_one(token) or _in_transaction(using):
        return None
    if not signing_keys.is_in_memory(issuer, (using, aliases.schema(using))):
        return None
    delay = conf.current().revocation_delay
    try:
        return _decide(token, issuer, audiences, using, lambda: feed_reader.known(using, delay))
    except (TemporarilyUnavailable, ConfigurationError):
        return None


@sensitive_variables()
def _decide(
    token: str, issuer: str, audiences: frozenset[str], using: str, known: Callable[[], Known | None]
) -> Principal | Failure | None:
    """The outcome by what is known; None where the database is to be asked."""
    place = (using, aliases.schema(using))
    verified = verification.verified(token, issuer, place)
    if isinstance(verified, Failure):
        return verified
    if clock.now() >= (verified.claims.exp + SKEW) * SECOND:
        return Failure(InvalidToken, "expired")
    if clock.now() >= verified.claims.exp * SECOND:  # `LEEWAY` prolongs no session: its row says when
        return None
    if verified.claims.act is not None:  # the feed has no name for the session of whoever acts
        return None
    if place[1]:
        raise TemporarilyUnavailable("feed mode does not know the schemas of tenants; set REVOCATION to exact")
    found = known()
    if found is None:
        return None
    state, fresh, at = found
    issuer_now = state.issuers.get(issuer)
    if issuer_now is None or not verified.feed_names or state.concerns(verified.feed_names, at):
        return None
    now = clock.seen(fresh.now(at))
    reason = _rejection_reason(verified, issuer_now, issuer, audiences, place, now)
    return Failure(InvalidToken, reason) if reason else _principal(verified, issuer, audiences, place, now)


def _in_transaction(using: str) -> bool:
    """Whether this thread has a transaction open. Nothing is connected for the answer."""
    connection = aliases.connection(using)
    return bool(connection.in_atomic_block or (connection.connection is not None and not connection.autocommit))


def _rejection_reason(
    verified: Verified, known: IssuerNow, issuer: str, audiences: frozenset[str], place: Place, now: int
) -> str | None:
    """Why a verified token is refused all the same, or None: what exact mode asks, but for what has an entry."""
    claims, config = verified.claims, conf.current()
    try:
        check(claims, issuer=issuer, audiences=audiences, now=now, leeway=config.leeway)
    except InvalidClaims as error:
        return str(error)
    if claims.epochs[0] < known.epoch:
        return "the token is of an earlier epoch"
    if claims.client_id not in config.clients:
        return "the client is no longer in BEARER['CLIENTS']"
    if claims.cnf is not None:
        return "the token is bound to a key, and this server checks no binding yet"
    if signing_keys.ring(issuer, known.ring_version, place).verifier(verified.kid) is None:
        return "the key is no longer in the ring"
    return None


def _principal(
    verified: Verified, issuer: str, audiences: frozenset[str], place: Place, now: int
) -> Principal | Failure:
    """The principal, whose user is read when it is used."""
    claims, model, name = verified.claims, get_user_model(), conf.current().user_id_field
    try:
        known = known_fields(model, name, claims.sub)
    except ValidationError:
        return Failure(InvalidToken, "sub is not that of the session")
    user: Any = LazyUser(model, known, partial(_user, verified, issuer, audiences, place), place[0])
    return Principal(user, claims.sid, claims.client_id, claims.scope, claims, checked_at=now, kid=verified.kid)


def _user(verified: Verified, issuer: str, audiences: frozenset[str], place: Place) -> Any:
    """The user, or the `Failure` of a token that is no longer valid: one read for both."""
    try:
        with aliases.at(place[0]):
            row = verification.read_valid(verified, issuer, audiences, place)
    except TemporarilyUnavailable as error:
        return Failure(TemporarilyUnavailable, str(error))
    return row if isinstance(row, Failure) else row.user
