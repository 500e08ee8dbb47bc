"""Issue: begin a session for a user who has just proved who they are.

In two steps, so that nothing can fail between the commit and the answer: `prepare_session` makes the tokens, which
are good for nothing yet, and `store_session` writes the one row that makes them good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .. import conf
from ..accounts import account_tokens, impersonation_rules, login_policy, login_strength
from ..accounts.credential_owner import require_user
from ..accounts.login_choice import NOTHING_CHOSEN, LoginChoice, stored
from ..accounts.login_policy import LoginAttempt, Purpose, StepMissing
from ..accounts.password_fingerprint import fingerprint
from ..conf import clients
from ..conf.clients import DEFAULT_CLIENT as DEFAULT_CLIENT
from ..database import aliases, issuers, signing_keys, unusable_keys
from ..database.after_commit import after_commit
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import once_committed
from ..database.issuers import IssuerState
from ..errors import Failure, InvalidRequest, LoginRefused, UnauthorizedClient
from ..keys.keyring import KeyRing
from ..models import Session
from ..primitives import randomness
from ..primitives.clock import SECOND
from ..primitives.redaction import redact_locals
from ..tokens.refresh_token import RefreshToken, TokenDelivery
from . import context_rules, custom_claims, limited_logins, session_limit
from .expiry import idle_end
from .token_response import IssuedTokens, access_token_data, token_response

T = TypeVar("T")
NEVER = 0
"""When somebody has logged in whose login is carried on: too long ago for whatever asks for a recent one."""


@dataclass(frozen=True, slots=True)
class SourceLogin:
    """The login of a session that is handed over: what the new session is never more than.

    `authenticated_at` and `ends_at` are microseconds since 1970. `login_claims` are what was fixed when it began.
    """

    authenticated_at: int
    acr: str
    scope: frozenset[str]
    ends_at: int
    audiences: tuple[str, ...]
    login_claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PreparedSession:
    """A session that is not stored yet, and its first tokens. `limit` is its client's number of sessions, if any."""

    row: Session = field(repr=False)
    tokens: IssuedTokens
    limit: int | None


@redact_locals
def issue_session(user: Any, **options: Any) -> IssuedTokens:
    """Begin a session for `user` and return its first tokens: see `functions.issue_session` for each option."""
    return store_session(prepare_session(user, **options))


@redact_locals
def prepare_session(
    user: Any,
    *,
    request: Any = None,
    scope: Iterable[str] | None = None,
    resource: Sequence[str] | None = None,
    client_id: str = DEFAULT_CLIENT,
    delivery: TokenDelivery = TokenDelivery.BODY,
    amr: Iterable[str] = (),
    acr: str = "",
    extras: Mapping[str, Any] | None = None,
    purpose: Purpose = Purpose.SESSION,
    name: str = "",
    counted_in: str = "",
    state_of: Callable[[str], IssuerState | None] = lambda issuer: None,
    carried_until: int | None = None,
    choice: LoginChoice = NOTHING_CHOSEN,
    source: SourceLogin | None = None,
) -> PreparedSession:
    """What `issue_session` would store and return; everything that can be refused or fail is asked here.

    `state_of` returns the state of an issuer and this user where it was read just before: what has ended since then
    ends this session too. `source` is the login that the session goes on with, where nobody logs in now.

    Raises as `functions.issue_session` does, and `TemporarilyUnavailable` where no key signs or `EXTRA_CLAIMS` fails.
    """
    require_user(user)
    _held(impersonation_rules.refuse_impersonated(getattr(request, "auth", None)))
    if carried_until is not None and (acr or tuple(amr)):
        raise InvalidRequest("nobody logs in where a login is carried on, so amr and acr stay empty")
    methods = login_strength.names_of(amr)
    acr_said, acr = acr, login_strength.strength_of(acr, conf.current().acr_values, frozenset(methods))
    if source is not None:
        acr = source.acr
    attempt = LoginAttempt(user, purpose, frozenset(methods), acr, client_id, request, choice.fields)
    refused = login_policy.ask(attempt)
    if refused is not None and not isinstance(refused, StepMissing):
        raise refused.exception()
    config, issuer = conf.current(), conf.issuer(request)
    client = _held(clients.find(config.clients, client_id))
    _held(clients.allowed(client, delivery))
    granted = _held(clients.scope(client, config.scopes, scope, None if source is None else source.scope))
    had = None if source is None else source.audiences
    meant = _held(clients.audiences(client, conf.audience(request), resource, had))
    state = state_of(issuer) or issuers.state(issuer, user.pk)
    now = state.later()
    if isinstance(refused, StepMissing) and carried_until is not None:
        raise LoginRefused(f"the login that is to be carried on lacks {refused.step}: log in again")
    if isinstance(refused, StepMissing):
        asked = {
            "name": name,
            "counted_in": counted_in,
            "scope": sorted(granted),
            "resource": list(meant) if client.audiences else None,
            "amr": sorted(methods),
            "acr": acr_said,
            "extras": extras or {},
            "choice": stored(choice),
        }
        raise limited_logins.begin(
            user,
            refused.step,
            issuer=issuer,
            state=state,
            client_id=client_id,
            delivery=delivery,
            purpose=purpose,
            asked=asked,
        )
    extras = custom_claims.with_login_claims(extras or {}, attempt, None if source is None else source.login_claims)
    ends_at = now + client.lifetime_of(choice.remember_me) * SECOND
    if client.until is not None:
        ends_at = min(ends_at, client.until * SECOND)
        if ends_at <= now:
            raise UnauthorizedClient(f"client {client.id} has ended, by its date in BEARER['CLIENTS']")
    if carried_until is not None:
        ends_at = min(ends_at, carried_until * SECOND)
        if ends_at <= now:
            raise InvalidRequest("the login that is to be carried on has ended")
    if source is not None:
        ends_at = min(ends_at, source.ends_at)
    ring = signing_keys.ring_with_keys(issuer, at_least=state.ring_version)
    first = _first_token(ring, issuer, delivery)
    row = Session(
        id=first.session_id,
        user_id=user.pk,
        issuer=issuer,
        client_id=client_id,
        delivery=delivery,
        scope=" ".join(sorted(granted)),
        audiences=" ".join(meant) if client.audiences else "",
        amr=" ".join(methods),
        acr=acr,
        key_id=first.key_id,
        current_digest=first.digest(),
        authenticated_at=source.authenticated_at if source is not None else now if carried_until is None else NEVER,
        created_at=now,
        idle_seconds=client.session_idle_lifetime,
        access_seconds=client.access_token_lifetime,
        ends_at=ends_at,
        idle_ends_at=idle_end(now, client.session_idle_lifetime, ends_at),
        password_fingerprint=fingerprint(user),
        user_epoch=state.user_epoch,
        issuer_epoch=state.epoch,
        extras=extras,
        context=context_rules.written(extras),
    )
    tokens = token_response(access_token_data(row, user, meant[0], granted), ring, row, now, first)
    if source is None:
        account_tokens.stop_factor_reset(user, frozenset(methods))
    return PreparedSession(row, tokens, client.session_limit)


def store_session(prepared: PreparedSession) -> IssuedTokens:
    """Store a prepared session, and return its tokens, which are good from now on."""
    retry_on_conflict(lambda: insert(prepared))
    keep_limit(prepared)
    return prepared.tokens


def insert(prepared: PreparedSession) -> None:
    """Insert the row of a prepared session, as part of the transaction that is open."""
    prepared.row.save(using=aliases.sessions_alias(), force_insert=True)


def keep_limit(prepared: PreparedSession) -> None:
    """After it is stored, end the sessions beyond the limit of its client."""
    row, most = prepared.row, prepared.limit
    if most is not None:
        # Once it is committed: before that, logins that race do not see each other's sessions.
        once_committed(
            lambda: after_commit(
                "ending sessions beyond the limit",
                lambda: session_limit.evict(row.user_id, row.issuer, row.client_id, most, row.created_at),
            )
        )


def _held(outcome: T | Failure) -> T:
    """The outcome itself, or its refusal raised."""
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome


def _first_token(ring: KeyRing, issuer: str, delivery: TokenDelivery) -> RefreshToken:
    return RefreshToken(
        unusable_keys.refresh_keys(ring, issuer).key_id, randomness.session_id(), 0, delivery, randomness.secret()
    )
