"""Making an access token for a session: the claims, from what the session is now."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import conf
from ..database import unusable_keys
from ..keys.keyring import KeyRing
from ..primitives import randomness
from ..primitives.clock import SECOND
from ..tokens.access_claims import ACCESS_TOKEN_TYPE, AccessClaims
from ..tokens.jws import sign
from .custom_claims import custom_claims
from .expiry import access_end


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed access token and what it says."""

    text: str = field(repr=False)
    claims: AccessClaims


@dataclass(frozen=True, slots=True)
class AccessTokenData:
    """What an access token is made from. Timestamps are microseconds since 1970, `access_seconds` seconds."""

    user: Any
    session_id: uuid.UUID
    issuer: str
    audience: str
    client_id: str
    scope: frozenset[str]
    authenticated_at: int
    access_seconds: int
    issuer_epoch: int
    user_epoch: int
    amr: tuple[str, ...] = ()
    acr: str = ""
    login_claims: Mapping[str, Any] = field(default_factory=dict)
    act: Mapping[str, Any] | None = None


def subject(user: Any, config: conf.Config | None = None) -> str:
    """The user's `sub`: the attribute that `USER_ID_FIELD` names, as text. `config` is what the settings are now."""
    return str(getattr(user, (config or conf.current()).user_id_field))


def issue_access_token(grant: AccessTokenData, ring: KeyRing, now: int, ends_at: int) -> AccessToken:
    """An access token for `grant`, valid from `now` until `ends_at` at most (RFC 9068 section 2.2).

    All that can fail is asked before anything is written: a key that signs, and the claims that the project adds.
    Raises `TemporarilyUnavailable` where one of them does.
    """
    signer = unusable_keys.signer(ring, grant.issuer)
    claims = AccessClaims(
        iss=grant.issuer,
        aud=grant.audience,
        sub=subject(grant.user),
        exp=access_end(now, grant.access_seconds, ends_at),
        iat=now // SECOND,
        jti=randomness.token_id(),
        sid=grant.session_id,
        client_id=grant.client_id,
        scope=grant.scope,
        auth_time=grant.authenticated_at // SECOND,
        epochs=(grant.issuer_epoch, grant.user_epoch),
        amr=grant.amr,
        acr=grant.acr or None,
        act=grant.act,
        custom={**grant.login_claims, **custom_claims(grant.user, grant.session_id)},
    )
    return AccessToken(sign(claims.payload(), signer, ACCESS_TOKEN_TYPE), claims)
