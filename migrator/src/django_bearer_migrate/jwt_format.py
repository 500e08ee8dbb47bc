"""Reading old JSON Web Tokens: strictly, with one key and one algorithm, whatever the token's header says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import jwt

MAX_LENGTH = 8192
"""Characters of a token that are looked at."""
OURS = "at+jwt"
"""The type of django-bearer's own access tokens (RFC 9068 section 2.1)."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a project's old tokens were made. `leeway` is in seconds."""

    algorithm: str
    key: str | bytes = field(repr=False)
    issuer: str | None = None
    audience: str | tuple[str, ...] | None = None
    leeway: int = 0
    type_claim: str = "token_type"
    id_claim: str = "jti"
    user_claim: str = "user_id"


@dataclass(frozen=True, slots=True)
class OldClaims:
    """What a verified old token says. `expires_at` is in seconds since 1970, the leeway included."""

    kind: str
    token_id: str
    user: str | int
    expires_at: int
    members: Mapping[str, Any] = field(repr=False)


def read(token: str, made: Format, kind: str, now: int) -> OldClaims | str | None:
    """The claims of an old token of this kind; why it is refused; None for what is no such token at all. Pure.

    `now` is in seconds since 1970. The algorithm is the pinned one (RFC 8725 section 3.1), `exp` is required.
    """
    if len(token) > MAX_LENGTH or token.count(".") != 2:
        return None
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        return None
    if header.get("typ") == OURS:
        return None
    if header.get("alg") != made.algorithm:
        return f"the token's algorithm is not {made.algorithm}, which the settings name"
    checked: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    checked |= {"verify_aud": made.audience is not None, "require": ["exp", made.id_claim]}
    try:
        members = jwt.decode(
            token,
            made.key,
            algorithms=[made.algorithm],
            audience=made.audience,
            issuer=made.issuer,
            options=checked,
        )
    except jwt.InvalidSignatureError:
        return "the signature is not of the old package's key"
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        return f"the old token is refused: {type(error).__name__}"
    return _claims(members, made, kind, now)


def _claims(members: Mapping[str, Any], made: Format, kind: str, now: int) -> OldClaims | str:
    expires_at, token_id, user = members.get("exp"), members.get(made.id_claim), members.get(made.user_claim)
    if not _is_timestamp(expires_at) or any(
        name in members and not (_is_timestamp(members[name]) and members[name] <= now + made.leeway)
        for name in ("nbf", "iat")
    ):
        return "exp is no timestamp, or nbf or iat lies in the future"
    if now >= expires_at + made.leeway:
        return "expired"
    if members.get(made.type_claim) != kind:
        return f"the token is not of the kind {kind}"
    if not isinstance(token_id, str) or not 0 < len(token_id) <= 255:
        return f"{made.id_claim} is missing or not text"
    if isinstance(user, bool) or not isinstance(user, str | int) or user == "":
        return f"{made.user_claim} is missing or names no user"
    return OldClaims(kind, token_id, user, int(expires_at) + made.leeway, members)


def _is_timestamp(value: Any) -> TypeGuard[int | float]:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value < 253_402_300_800


def sign(claims: Mapping[str, Any], made: Format, signing_key: str | bytes) -> str:
    """A token in the old format."""
    return jwt.encode(dict(claims), signing_key, algorithm=made.algorithm)
