"""Issue: begin a session for a user who has just proved who they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import conf, entropy
from ..clock import SECOND
from ..errors import InvalidCredentials, InvalidScope
from ..keys.keyring import KeyRing
from ..models import Session
from ..storage import issuers, keys, place
from ..storage.contention import insist
from ..tokens.refresh import Channel, RefreshToken
from ..veil import veiled
from .fingerprint import fingerprint
from .handing_out import IssuedTokens, grant, hand_out

DEFAULT_CLIENT = "first-party"


@veiled
def issue_session(
    user: Any,
    *,
    request: Any = None,
    scope: Iterable[str] | None = None,
    client_id: str = DEFAULT_CLIENT,
    channel: Channel = Channel.NATIVE,
    amr: Iterable[str] = (),
    acr: str = "",
    extras: dict[str, Any] | None = None,
) -> IssuedTokens:
    """Begin a session for `user` and return its first tokens.

    Call it only after the user has been authenticated: it checks no password, and it refuses an inactive user.
    `scope` may narrow `BEARER["SCOPES"]`, never widen it; None grants all of it. `amr` names the methods that were
    used (RFC 8176). `request` matters where ISSUER or AUDIENCE is a callable.

    Raises `InvalidCredentials` for an inactive or unsaved user, `InvalidScope` for a scope beyond the settings.
    """
    if user.pk is None or not getattr(user, "is_active", True):
        raise InvalidCredentials("no session is issued to an inactive or unsaved user")
    config, issuer = conf.current(), conf.issuer(request)
    granted = _granted(scope, config.scopes)
    state = issuers.state(issuer, user.pk)
    ring = keys.begun(issuer, at_least=state.ring_version)
    first = _first_token(ring, channel)
    row = Session(
        id=first.session_id,
        user_id=user.pk,
        issuer=issuer,
        client_id=client_id,
        channel=channel,
        scope=" ".join(sorted(granted)),
        amr=" ".join(amr),
        acr=acr,
        key_id=first.key_id,
        current_digest=first.digest(),
        authenticated_at=state.now,
        created_at=state.now,
        idle_seconds=config.session_idle_lifetime,
        access_seconds=config.access_token_lifetime,
        ends_at=state.now + config.session_lifetime * SECOND,
        idle_ends_at=state.now + config.session_idle_lifetime * SECOND,
        password_fingerprint=fingerprint(user),
        user_epoch=state.user_epoch,
        issuer_epoch=state.epoch,
        extras=extras or {},
    )
    insist(lambda: row.save(using=place.alias(), force_insert=True))
    return hand_out(grant(row, user, conf.audience(request), granted), ring, row, state.now, first)


def _granted(asked: Iterable[str] | None, allowed: frozenset[str]) -> frozenset[str]:
    if asked is None:
        return allowed
    wanted = frozenset(asked)
    if not wanted <= allowed:
        raise InvalidScope("the scope asked for goes beyond BEARER['SCOPES']")
    return wanted


def _first_token(ring: KeyRing, channel: Channel) -> RefreshToken:
    return RefreshToken(ring.refresh_maker().key_id, entropy.session_id(), 0, channel, entropy.secret())
