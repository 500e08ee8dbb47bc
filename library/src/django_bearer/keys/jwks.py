"""The JSON Web Key Set: what the world may know of the ring."""

from __future__ import annotations

from typing import Any

from ..errors import InvalidKey
from .algorithms import algorithm
from .key import Key
from .keyring import KeyRing


def publish(ring: KeyRing) -> dict[str, list[dict[str, str]]]:
    """The public key set (RFC 7517 section 5): public members only, oldest first, no shared secret."""
    keys = [key.public_jwk() for key in ring.signing.values() if key.algorithm.kty != "oct"]
    return {"keys": keys}


def read(document: Any, algorithms: tuple[str, ...]) -> dict[str, Key]:
    """The usable keys of a foreign key set, by kid.

    A member that is not understood is skipped and the rest still works (RFC 7517 section 5); a kid that two
    usable keys share is refused for both, since no token could say which it means. Raises `InvalidKey` where
    `algorithms` names HS256 beside others: shared secrets and asymmetric keys never mix (RFC 8725 section 2.1).
    """
    if len({algorithm(name).kty == "oct" for name in algorithms}) > 1:
        raise InvalidKey("a key set is read for HS256 or for asymmetric algorithms, never for both")
    keys: dict[str, Key] = {}
    doubled: set[str] = set()
    members = document.get("keys") if isinstance(document, dict) else None
    for jwk in members if isinstance(members, list) else []:
        key = _usable(jwk, algorithms)
        if key is None:
            continue
        if key.kid in keys:
            doubled.add(key.kid)
        keys[key.kid] = key
    return {kid: key for kid, key in keys.items() if kid not in doubled}


def _usable(jwk: Any, algorithms: tuple[str, ...]) -> Key | None:
    if not isinstance(jwk, dict):
        return None
    try:
        key = Key.from_jwk(jwk)
    except InvalidKey:
        return None
    return key if key.algorithm.name in algorithms else None
