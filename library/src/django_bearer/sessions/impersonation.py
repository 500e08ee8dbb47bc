"""Impersonation: staff act for a user, by one short access token that says so and ends with the staff's own session.

There is no refresh token: whoever goes on asks again, and each time is an event of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from .. import conf, events
from ..accounts import impersonation_rules, login_policy, login_strength
from ..accounts.credential_owner import require_user
from ..accounts.impersonation_rules import actor_fault, target_fault
from ..accounts.login_policy import LoginAttempt, Purpose
from ..accounts.login_strength import LoginRequirement
from ..accounts.password_fingerprint import fingerprint
from ..accounts.principal import Principal
from ..accounts.validity import session_invalid_reason
from ..conf import clients
from ..database import aliases, issuers, session_read, signing_keys, unusable_keys
from ..database.conflicts import retry_on_conflict
from ..database.session_read import digests
from ..errors import Failure, InvalidScope, LoginRefused, NotFound, SessionRequired
from ..models import Session
from ..primitives import randomness
from ..primitives.clock import SECOND
from ..primitives.redaction import redact_locals
from ..tokens.access_claims import AccessClaims
from ..tokens.refresh_token import RefreshToken, TokenDelivery
from .access_tokens import AccessTokenData, issue_access_token, subject
from .token_response import IssuedTokens

NEVER = 0
IMPERSONATED_BY = "impersonated_by"
"""In the extras of a session: the name of who acts, for lists and the admin."""


@redact_locals
def impersonate(
    principal: Principal, user: Any, *, scope: Iterable[str] | None = None, request: Any = None
) -> IssuedTokens:
    """Return an access token with which staff act for a user, for `BEARER["IMPERSONATION_LIFETIME"]`.

    The token names who acts in its claim `act`. It has no recent login and no strength: it changes no password, makes
    no API token, steps up nowhere and opens no admin. It ends with the asking token and the session of whoever acts:
    with a logout, a step-up, another password, and a revocation of the token or its key.

    A view of your own asks for the password first, as the endpoint does in a page: script in a page of staff has the
    access token, and not the password.

    Args:
        principal: Who asks, as `request.auth`: active staff with the permission `impersonate_user`,
            whose login or step-up is as recent as `BEARER["STEP_UP_MAX_AGE"]` asks.
        user: For whom: an active user who is neither staff nor superuser.
        scope: The scopes to grant, out of those of the asking token. None grants all of these.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        The access token. There is no refresh token.

    Raises:
        NotFound: `BEARER["IMPERSONATION_LIFETIME"]` is not set.
        SessionRequired: The principal comes from no access token.
        ImpersonationRefused: The principal acts for another user itself.
        ReauthenticationRequired: The login of whoever asks is too old.
        LoginRefused: Whoever asks may not act for this user, or `BEARER["LOGIN_POLICY"]` refuses.
        InvalidCredentials: The user is inactive.
        LoginUnavailable: The project requires a step that nobody can show here.
        InvalidScope: `scope` names one that the asking token lacks.
        UnknownClient: The client is not in the settings any more.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The policy or `EXTRA_CLAIMS` failed, or the database was busy.

    Source:
        RFC 8693 section 4.1 (act), OWASP ASVS 7.5.1.
    """
    claims = require_actor(principal)
    config, issuer = conf.current(), conf.issuer(request)
    require_user(user)
    fault = target_fault(principal.user, user)
    if fault:
        raise LoginRefused(fault)
    _held(login_policy.ask(LoginAttempt(user, Purpose.IMPERSONATION, client_id=principal.client_id, request=request)))
    wanted = principal.scopes if scope is None else frozenset(scope)
    if not wanted <= principal.scopes:
        raise InvalidScope("whoever acts for another user may do no more than the token that asks")
    client = _held(clients.find(config.clients, principal.client_id))
    granted = _held(clients.scope(client, config.scopes, wanted))
    return _stored(principal, claims, user, granted, issuer, config.impersonation_lifetime)


def require_actor(principal: Principal) -> AccessClaims:
    """The claims of a principal that may act for users at all: asked before anybody looks for the user.

    Raises `NotFound`, `SessionRequired`, `ImpersonationRefused`, `ReauthenticationRequired` and `LoginRefused`.
    """
    config, claims = conf.current(), principal.claims
    if not config.impersonation_lifetime:
        raise NotFound("BEARER['IMPERSONATION_LIFETIME'] is not set, so nobody acts for another user")
    if claims is None or principal.session_id is None or principal.by_ticket:
        raise SessionRequired("whoever acts for another user shows an access token of a session")
    _held(impersonation_rules.refuse_impersonated(principal))
    _held(login_strength.unmet(LoginRequirement(config.step_up_max_age), principal))
    fault = actor_fault(principal.user)
    if fault:
        raise LoginRefused(fault)
    return claims


def _stored(
    principal: Principal, claims: AccessClaims, user: Any, granted: frozenset[str], issuer: str, lifetime: int
) -> IssuedTokens:
    state = issuers.state(issuer, user.pk)
    now = state.later()
    ring = signing_keys.ring_with_keys(issuer, at_least=state.ring_version)
    unheld = RefreshToken(  # handed to nobody, so that nobody goes on without asking again
        unusable_keys.refresh_keys(ring, issuer).key_id,
        randomness.session_id(),
        0,
        TokenDelivery.BODY,
        randomness.secret(),
    )
    ends_at = now + lifetime * SECOND
    row = Session(
        id=unheld.session_id,
        user_id=user.pk,
        issuer=issuer,
        client_id=principal.client_id,
        delivery=TokenDelivery.BODY,
        scope=" ".join(sorted(granted)),
        audiences=claims.aud,
        key_id=unheld.key_id,
        current_digest=unheld.digest(),
        authenticated_at=NEVER,
        created_at=now,
        idle_seconds=lifetime,
        access_seconds=lifetime,
        ends_at=ends_at,
        idle_ends_at=ends_at,
        password_fingerprint=fingerprint(user),
        user_epoch=state.user_epoch,
        issuer_epoch=state.epoch,
        extras={IMPERSONATED_BY: str(principal.user.get_username())},
    )
    data = AccessTokenData(
        user=user,
        session_id=row.id,
        issuer=issuer,
        audience=claims.aud,
        client_id=row.client_id,
        scope=granted,
        authenticated_at=NEVER,
        access_seconds=lifetime,
        issuer_epoch=row.issuer_epoch,
        user_epoch=row.user_epoch,
        act={
            "sub": subject(principal.user),
            "sid": str(claims.sid),
            "jti": claims.jti,
            "kid": principal.kid,
            "auth_time": claims.auth_time,
        },
    )
    access = issue_access_token(data, ring, now, ends_at)
    retry_on_conflict(lambda: row.save(using=aliases.sessions_alias(), force_insert=True))
    events.publish(
        events.EventKind.IMPERSONATION_STARTED,
        user_id=str(user.pk),
        session_id=str(row.id),
        client_id=row.client_id,
        details={"actor": str(principal.user.pk), "actor_session": str(claims.sid)},
    )
    return IssuedTokens(row.id, access.text, access.claims.exp - access.claims.iat, None, None, granted)


def ended_reason(claims: AccessClaims, user: Any, issuer: str) -> str | None:
    """Why nobody acts for this user by these claims any more, or None. One statement and those of permissions."""
    if claims.act is None:
        return None
    session = uuid.UUID(claims.act["sid"])
    asked_by = digests(session, claims.act["jti"], claims.act["kid"])
    actor = session_read.read_validity(session, issuer, asked_by)
    if actor is None or session_invalid_reason(actor, issuer) is not None:
        return "the session of whoever acts has ended"
    if actor.is_revoked:
        return "the token of whoever acts, its session or its key was revoked"
    if claims.act["auth_time"] < actor.authenticated_at // SECOND:
        return "whoever acts has stepped up or changed the password since"
    if subject(actor.user) != claims.act["sub"]:
        return "the session of whoever acts is another user's"
    return actor_fault(actor.user) or target_fault(actor.user, user) or None


def _held(outcome: Any) -> Any:
    """The outcome itself, or its refusal raised."""
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome
