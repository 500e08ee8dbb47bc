"""Step-up: the user of a session proves again who they are, and the same session goes on with new tokens (RFC 9470).

The new refresh token is fresh randomness, not derived from its predecessor: whoever exfiltrated that one must not be
handed the stronger session by it. Access tokens of before are refused from now on, since they name the earlier login.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import account_tokens, login_policy, login_strength, second_factor
from ..accounts.impersonation_rules import refuse_impersonated
from ..accounts.lazy_user import settled
from ..accounts.login_policy import LoginAttempt, PolicyFailure, Purpose
from ..accounts.principal import Principal
from ..accounts.validity import session_invalid_reason
from ..conf import clients
from ..database import aliases, revocations, session_read, signing_keys, unusable_keys
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import durable_transaction, one_transaction, refuse_transaction
from ..database.session_read import SessionRow
from ..database.session_rotation import STEP_UP_COLUMNS, rotate_row
from ..errors import Failure, InvalidToken, LoginRefused, OriginNotAllowed, SessionRequired, TemporarilyUnavailable
from ..primitives import randomness
from ..primitives.clock import SECOND
from ..primitives.redaction import redact_locals
from ..tokens.access_claims import AccessClaims
from ..tokens.refresh_token import RefreshToken, TokenDelivery
from . import context_rules, revocation
from .access_tokens import AccessTokenData
from .expiry import idle_end
from .token_response import IssuedTokens, access_token_data, token_response

ATTEMPTS = 3
CAUSE = "stepped_up"
Beside = Callable[[uuid.UUID], None]
"""Writes what belongs to a step-up of the session with this id."""


@redact_locals
@sensitive_variables()
def step_up(
    principal: Principal,
    *,
    amr: Iterable[str],
    acr: str = "",
    delivery: TokenDelivery = TokenDelivery.BODY,
    seen: Mapping[str, str] | None = None,
    request: Any = None,
    beside: Beside | None = None,
) -> IssuedTokens | Failure:
    """New tokens of the session that `principal` came with, whose user has just proved by `amr` who they are.

    `amr` names the methods of this proof alone: what the tokens say was proved at their `auth_time`. `delivery` is
    the session's own, `seen` the device and network that step up. `beside` writes in the same transaction: what it
    raises means that neither has happened, and the tokens of before are good.
    Returns a `Failure` with `InvalidToken` where the session is over or was stepped up meanwhile, `OriginNotAllowed`
    for another delivery, what `LOGIN_POLICY` refuses, and `TemporarilyUnavailable`. Everything written is committed
    when it returns. Raises `InsideTransaction` within a caller's transaction.
    """
    if principal.claims is None or principal.session_id is None:
        return Failure(SessionRequired, "an API token was sent, and no session belongs to it")
    acting = refuse_impersonated(principal)
    if acting is not None:
        return acting
    methods = login_strength.methods_of(amr)
    strength = login_strength.strength_of(acr, conf.current().acr_values, frozenset(methods))
    attempt = LoginAttempt(
        settled(principal.user), Purpose.STEP_UP, frozenset(methods), strength, principal.client_id, request
    )
    barred = login_policy.ask(attempt)
    if barred is not None:
        return barred
    account_tokens.stop_factor_reset(principal.user, frozenset(methods))
    for _ in range(ATTEMPTS):
        try:
            outcome = retry_on_conflict(
                lambda: _attempt(principal, methods, strength, delivery, conf.issuer(request), seen or {}, beside)
            )
        except TemporarilyUnavailable as busy:
            return Failure(TemporarilyUnavailable, str(busy))
        if outcome is not None:
            return outcome
    return Failure(TemporarilyUnavailable, f"{ATTEMPTS} attempts met others; the client may ask again")


@sensitive_variables()
def _attempt(
    principal: Principal,
    methods: tuple[str, ...],
    acr: str,
    delivery: TokenDelivery,
    issuer: str,
    seen: Mapping[str, str],
    beside: Beside | None,
) -> IssuedTokens | Failure | None:
    """One read and one write; None when the session was refreshed in between and must be looked at again."""
    refuse_transaction(aliases.sessions_alias())
    claims, sid = principal.claims, principal.session_id
    row = session_read.read(sid, issuer, jti=claims.jti) if sid is not None and claims is not None else None
    if row is None or claims is None:
        return Failure(InvalidToken, "the session is gone")
    invalid = session_invalid_reason(row, issuer)
    if invalid is not None or row.is_revoked:
        return Failure(InvalidToken, invalid.reason if invalid is not None else "the token or session was revoked")
    at = login_at(row)
    if at is None and row.authenticated_at // SECOND == claims.auth_time:
        return Failure(TemporarilyUnavailable, "the login lies in the future: the database's clock has jumped")
    if at is None or row.authenticated_at // SECOND != claims.auth_time:
        return Failure(InvalidToken, "the session was stepped up since the token was checked")
    if row.user_id != principal.user.pk:
        return Failure(InvalidToken, "the session is another user's (SU-08)")
    if _added_since(frozenset(row.amr.split()), frozenset(methods)) and second_factor.is_enrolled(principal.user):
        told = {"reason": "second_factor_required"}
        return PolicyFailure(LoginRefused, "the session began without the second factor: log in with it", told)
    if row.delivery != delivery:
        return Failure(OriginNotAllowed, "the session's refresh token is delivered in another way")
    after = replace(row, authenticated_at=at, amr=" ".join(methods), acr=acr)
    granted = _granted(principal, after)
    if isinstance(granted, Failure):
        return granted
    if row.authenticated_at // SECOND >= row.now // SECOND:
        beside = partial(_end_token_too, claims, beside)
    return _stored(after, granted, issuer, seen, beside)


def login_at(row: SessionRow) -> int | None:
    """The timestamp of the login that a step-up now is, in microseconds; None where the clock has gone back. Pure.

    Tokens name their login by whole seconds, as RFC 9068 has it. So in the second of the login before it is the next
    second, by which every token of before is told. A third login in one second is not told from the second one.
    """
    next_second = (row.now // SECOND + 1) * SECOND
    if row.authenticated_at == next_second:
        return next_second
    if row.authenticated_at > row.now:
        return None
    return next_second if row.authenticated_at // SECOND == row.now // SECOND else row.now


def _end_token_too(claims: AccessClaims, beside: Beside | None, session_id: uuid.UUID) -> None:
    """End the access token of a step-up in the very second of its login: what was made with it ends with it, and
    where revocations are looked at in memory, nothing else does."""
    revocations.add("token", claims.jti, revocation.needed_until(claims), CAUSE)
    if beside is not None:
        beside(session_id)


def _added_since(before: frozenset[str], methods: frozenset[str]) -> bool:
    """Whether a factor that is shown now was not there when the session began: it does not count in it. Pure.

    Whoever has stolen the session would otherwise strengthen it by a factor of their own. A refresh refuses it, too.
    """
    shown_before = second_factor.was_shown(before) or second_factor.REMEMBERED in before
    return second_factor.was_shown(methods) and not shown_before


def _granted(principal: Principal, row: SessionRow) -> AccessTokenData | Failure:
    """What the access token is made from: the scope and the audience of the one that was presented."""
    config = conf.current()
    client = clients.find(config.clients, row.client_id)
    if isinstance(client, Failure) or principal.claims is None:
        return Failure(InvalidToken, "the client is no longer in BEARER['CLIENTS']")
    most = clients.scope(client, config.scopes, None, frozenset(row.scope.split()))
    if isinstance(most, Failure):
        return most
    return access_token_data(row, row.user, principal.claims.aud, most & principal.scopes)


@sensitive_variables()
def _stored(
    row: SessionRow, granted: AccessTokenData, issuer: str, seen: Mapping[str, str], beside: Beside | None
) -> IssuedTokens | None:
    """The answer, made before the one statement that makes it good; None where that statement lost."""
    ring = signing_keys.ring(issuer, at_least=row.ring_version)
    secrets = unusable_keys.refresh_keys(ring, issuer)
    delivery = TokenDelivery(row.delivery)
    fresh = RefreshToken(secrets.key_id, row.id, row.generation + 1, delivery, randomness.secret())
    issued = token_response(granted, ring, row, row.now, fresh)
    columns = {
        "key_id": secrets.key_id,
        "generation": fresh.generation,
        "current_digest": fresh.digest(),
        "salt": b"",  # which tells the rotation table that no predecessor yields this token
        "rotated_at": row.now,
        "retry_digest": b"",
        "context_digest": b"",
        "context": context_rules.written(seen) or row.context,
        "idle_ends_at": idle_end(row.now, row.idle_seconds, row.ends_at),
        "authenticated_at": row.authenticated_at,
        "amr": row.amr,
        "acr": row.acr,
    }
    together = durable_transaction if beside is None else one_transaction
    with together(aliases.sessions_alias()):
        won = rotate_row(row, columns, STEP_UP_COLUMNS)
        if won and beside is not None:
            beside(row.id)
    if not won:
        return None
    about = {"user_id": str(row.user_id), "session_id": str(row.id), "client_id": row.client_id}
    events.publish(events.EventKind.STEP_UP, **about, details={"methods": row.amr, "acr": row.acr})
    return issued
