"""The claims of an access token: their types, and the checks that need no database."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..errors import InvalidClaims
from ..primitives.clock import SECOND
from ..primitives.encoding import strict_json

ACCESS_TOKEN_TYPE = "at+jwt"
"""RFC 9068 section 2.1."""

LAST_TIMESTAMP = 253_402_300_799
"""The last second of the year 9999."""

RESERVED = frozenset(
    [
        *("iss", "aud", "exp", "nbf", "iat", "jti", "sub", "sid", "client_id", "scope", "auth_time", "amr", "acr"),
        *("epochs", "cnf", "act", "may_act", "typ", "azp", "nonce"),
    ]
)
"""Names that custom claims may not take."""

MAX_TEXT = 512
ACTOR = {"sub", "sid", "jti", "kid", "auth_time"}
"""What `act` says about whoever acts for the user."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of an access token.

    Attributes:
        iss: The issuer.
        aud: The audience, one API.
        sub: The user, by `USER_ID_FIELD`.
        exp: When the token expires, in seconds since 1970.
        iat: When it was issued, in seconds since 1970.
        jti: The id of this token.
        sid: The id of the session.
        client_id: The client that it was issued to.
        scope: The scopes.
        auth_time: When the user logged in, in seconds since 1970.
        epochs: The epochs of issuer and user when the token was issued, a pair of numbers.
        amr: The methods of the login.
        acr: How strong the login was, or None.
        nbf: From when the token is valid, in seconds since 1970, or None.
        cnf: A mapping with the one confirmation method of a bound token, or None.
        act: A mapping about the staff who acts for the user, or None: `sub` and `sid`, and `jti`, `kid` and
            `auth_time` of the token that asked.
        custom: A mapping of the names of the claims that `EXTRA_CLAIMS` added to their JSON values.

    Source:
        RFC 9068 section 2.2, RFC 7519 section 4.1, RFC 7800 section 3.1 (cnf), RFC 8693 section 4.1 (act).
    """

    iss: str
    aud: str
    sub: str
    exp: int
    iat: int
    jti: str
    sid: uuid.UUID
    client_id: str
    scope: frozenset[str]
    auth_time: int
    epochs: tuple[int, int]
    amr: tuple[str, ...] = ()
    acr: str | None = None
    nbf: int | None = None
    cnf: Mapping[str, str] | None = None
    act: Mapping[str, Any] | None = None
    custom: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the claims as the JSON object that is signed.

        Returns:
            A mapping of claim names to JSON values.
        """
        members: dict[str, Any] = {
            "iss": self.iss,
            "aud": self.aud,
            "sub": self.sub,
            "exp": self.exp,
            "iat": self.iat,
            "jti": self.jti,
            "sid": str(self.sid),
            "client_id": self.client_id,
            "auth_time": self.auth_time,
            "epochs": list(self.epochs),
        }
        optional = {
            "scope": " ".join(sorted(self.scope)),
            "amr": list(self.amr),
            "acr": self.acr,
            "cnf": dict(self.cnf) if self.cnf else None,
            "act": dict(self.act) if self.act else None,
        }
        return {**self.custom, **members, **{name: value for name, value in optional.items() if value}}


def parse(payload: bytes) -> AccessClaims:
    """The claims in a verified payload (RFC 7519 section 4.1).

    Raises `InvalidClaims` for a missing claim or a wrong type. JSON that is not strict raises `MalformedToken`.
    """
    members = strict_json(payload)
    return AccessClaims(
        iss=_text(members, "iss"),
        aud=_audience(members),
        sub=_text(members, "sub"),
        exp=_timestamp(members, "exp"),
        iat=_timestamp(members, "iat"),
        jti=_text(members, "jti"),
        sid=_session_id(members),
        client_id=_text(members, "client_id"),
        scope=_scope(members),
        auth_time=_timestamp(members, "auth_time"),
        epochs=_epochs(members),
        amr=_methods(members),
        acr=_text(members, "acr") if "acr" in members else None,
        nbf=_timestamp(members, "nbf") if "nbf" in members else None,
        cnf=_confirmation(members),
        act=_actor(members),
        custom=MappingProxyType({name: value for name, value in members.items() if name not in RESERVED}),
    )


def check(claims: AccessClaims, *, issuer: str, audiences: frozenset[str], now: int, leeway: int) -> None:
    """Refuse claims of another issuer, for none of `audiences`, or out of their time. No other code checks `aud`.

    `now` is in microseconds, `leeway` in seconds. Comparison is exact, never by prefix (RFC 9068 section 4).
    Without any audience every token is refused. Raises `InvalidClaims`.
    """
    if claims.iss != issuer:
        raise InvalidClaims("iss is not this issuer")
    if claims.aud not in audiences:
        raise InvalidClaims("aud is not this audience")
    if now >= (claims.exp + leeway) * SECOND:
        raise InvalidClaims("expired")
    latest = max(claims.iat, claims.nbf or 0)
    if now < (latest - max(leeway, 1)) * SECOND:
        raise InvalidClaims("not valid yet")


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise InvalidClaims(f"{name} is missing or not text")
    return value


def _timestamp(members: dict[str, Any], name: str) -> int:
    value = members.get(name)
    # bool is an int in Python; a token that says `"exp": true` must not live until 1970 or for ever.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LAST_TIMESTAMP:
        raise InvalidClaims(f"{name} is missing or not a timestamp")
    return int(value)


def _audience(members: dict[str, Any]) -> str:
    """One token, one resource (RFC 9068 section 3): a list is accepted when it has one member."""
    value = members.get("aud")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise InvalidClaims("aud is missing, not text, or names several audiences")
    return value


def _session_id(members: dict[str, Any]) -> uuid.UUID:
    text = _text(members, "sid")
    try:
        sid = uuid.UUID(text)
    except ValueError:
        raise InvalidClaims("sid is not a session id") from None
    if str(sid) != text:
        raise InvalidClaims("sid is not spelled canonically")
    return sid


def _scope(members: dict[str, Any]) -> frozenset[str]:
    value = members.get("scope", "")
    if not isinstance(value, str):
        raise InvalidClaims("scope is not text")
    return frozenset(value.split())


def _epochs(members: dict[str, Any]) -> tuple[int, int]:
    match members.get("epochs"):
        case [int(issuer), int(user)] if not isinstance(issuer, bool) and not isinstance(user, bool):
            return issuer, user
    raise InvalidClaims("epochs are missing or not two whole numbers")


def _methods(members: dict[str, Any]) -> tuple[str, ...]:
    value = members.get("amr", [])
    if not isinstance(value, list) or not all(isinstance(method, str) for method in value):
        raise InvalidClaims("amr is not a list of strings")
    return tuple(value)


def _actor(members: dict[str, Any]) -> Mapping[str, Any] | None:
    """`act` names a user, a session and its token (RFC 8693 section 4.1). No token of ours has one inside another."""
    if "act" not in members:
        return None
    value = members["act"]
    if not isinstance(value, dict) or set(value) != ACTOR:
        raise InvalidClaims("act does not name a user, a session and its token")
    for name in ("sub", "jti", "kid"):
        _text(value, name)
    _session_id(value)
    _timestamp(value, "auth_time")
    return MappingProxyType(value)


def _confirmation(members: dict[str, Any]) -> Mapping[str, str] | None:
    """`cnf` names exactly one method with a string (RFC 7800 section 3.1)."""
    if "cnf" not in members:
        return None
    value = members["cnf"]
    if not isinstance(value, dict) or len(value) != 1 or not all(isinstance(v, str) and v for v in value.values()):
        raise InvalidClaims("cnf is not one confirmation method")
    return MappingProxyType(value)
