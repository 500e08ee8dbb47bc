"""Issue: begin a session for a user who has just proved who they are.

In two steps, so that nothing can fail between the commit and the answer: `prepare_session` makes the tokens, which
are good for nothing yet, and `store_session` writes the one row that makes them good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .. import clients, conf, entropy
from ..clients import DEFAULT_CLIENT as DEFAULT_CLIENT
from ..clock import SECOND
from ..errors import Failure
from ..keys.keyring import KeyRing
from ..models import Session
from ..storage import issuers, keys, place, unusable_keys
from ..storage.contention import insist
from ..storage.durable import once_committed
from ..storage.follow_ups import follow_up
from ..tokens.refresh import Channel, RefreshToken
from ..veil import veiled
from . import limit, login_policy
from .fingerprint import fingerprint
from .first_use import expected_within
from .handing_out import IssuedTokens, grant, hand_out
from .login_policy import LoginAttempt, Purpose
from .owner import insist_on_user

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PreparedSession:
    """A session that is not stored yet, and its first tokens. `limit` is its client's number of sessions, if any."""

    row: Session = field(repr=False)
    tokens: IssuedTokens
    limit: int | None


@veiled
def issue_session(user: Any, **options: Any) -> IssuedTokens:
    """Begin a session for `user` and return its first tokens: `verbs.issue_session`, which says what each is for."""
    return store_session(prepare_session(user, **options))


@veiled
def prepare_session(
    user: Any,
    *,
    request: Any = None,
    scope: Iterable[str] | None = None,
    resource: Sequence[str] | None = None,
    client_id: str = DEFAULT_CLIENT,
    channel: Channel = Channel.NATIVE,
    amr: Iterable[str] = (),
    acr: str = "",
    extras: dict[str, Any] | None = None,
    purpose: Purpose = Purpose.SESSION,
) -> PreparedSession:
    """What `issue_session` would store and return; everything that can be refused or fail is asked here.

    Raises as `verbs.issue_session` does, and `TemporarilyUnavailable` where no key signs or `CLAIMS` fails.
    """
    insist_on_user(user)
    methods = tuple(amr)
    refused = login_policy.ask(LoginAttempt(user, purpose, frozenset(methods), acr, client_id, request))
    if refused is not None:
        raise refused.exception()
    config, issuer = conf.current(), conf.issuer(request)
    client = _held(clients.find(config.clients, client_id))
    _held(clients.allowed(client, channel))
    granted = _held(clients.scope(client, config.scopes, scope))
    meant = _held(clients.audiences(client, conf.audience(request), resource))
    state = issuers.state(issuer, user.pk)
    ring = keys.begun(issuer, at_least=state.ring_version)
    first = _first_token(ring, issuer, channel)
    soon = expected_within(client.session_idle_lifetime, client.audiences)
    row = Session(
        id=first.session_id,
        user_id=user.pk,
        issuer=issuer,
        client_id=client_id,
        channel=channel,
        scope=" ".join(sorted(granted)),
        audiences=" ".join(meant) if client.audiences else "",
        amr=" ".join(methods),
        acr=acr,
        key_id=first.key_id,
        current_digest=first.digest(),
        authenticated_at=state.now,
        created_at=state.now,
        idle_seconds=client.session_idle_lifetime,
        access_seconds=client.access_token_lifetime,
        ends_at=state.now + client.session_lifetime * SECOND,
        idle_ends_at=state.now + (soon or client.session_idle_lifetime) * SECOND,
        unused=soon is not None,
        password_fingerprint=fingerprint(user),
        user_epoch=state.user_epoch,
        issuer_epoch=state.epoch,
        extras=extras or {},
    )
    tokens = hand_out(grant(row, user, meant[0], granted), ring, row, state.now, first)
    return PreparedSession(row, tokens, client.session_limit)


def store_session(prepared: PreparedSession) -> IssuedTokens:
    """Store a prepared session, and return its tokens, which are good from now on."""
    row, most = prepared.row, prepared.limit
    insist(lambda: row.save(using=place.alias(), force_insert=True))
    if most is not None:
        # Once it is committed: before that, logins that race do not see each other's sessions.
        once_committed(
            lambda: follow_up(
                "ending sessions beyond the limit",
                lambda: limit.evict(row.user_id, row.issuer, row.client_id, most, row.created_at),
            )
        )
    return prepared.tokens


def _held(outcome: T | Failure) -> T:
    """The outcome itself, or its refusal raised."""
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome


def _first_token(ring: KeyRing, issuer: str, channel: Channel) -> RefreshToken:
    return RefreshToken(
        unusable_keys.refresh_maker(ring, issuer).key_id, entropy.session_id(), 0, channel, entropy.secret()
    )
