"""The key ring: which key signs, which verify, and the secrets behind refresh tokens, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from ..errors import InvalidKey
from .encryption import derive
from .key import Key

KEY_ID_BYTES = 8


class KeyState(StrEnum):
    """A signing key's state: known to verifiers, signing, no longer signing. After that it is gone."""

    PUBLISHED = "published"
    ACTIVE = "active"
    RETIRED = "retired"


class KeyUse(StrEnum):
    """What a stored key is for: signing access tokens, or making and checking refresh tokens."""

    SIGNING = "sig"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class RefreshKeys:
    """The two secrets behind refresh tokens, derived apart from one random master."""

    key_id: bytes
    mac: bytes = field(repr=False)
    derivation: bytes = field(repr=False)

    @classmethod
    def from_master(cls, master: bytes) -> RefreshKeys:
        """Both secrets and the 8-byte name that tokens and rows carry, from 32 random bytes."""
        return cls(
            key_id=derive(master, "refresh-key-id", KEY_ID_BYTES),
            mac=derive(master, "refresh-mac"),
            derivation=derive(master, "refresh-derivation"),
        )


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys of one issuer at one version.

    `signing` maps kid to key and `refresh` key id to secrets, newest last; `states` maps the names of both to states.
    """

    version: int
    signing: Mapping[str, Key]
    states: Mapping[str | bytes, KeyState]
    refresh: Mapping[bytes, RefreshKeys]

    @classmethod
    def of(
        cls, version: int, signing: list[tuple[Key, KeyState]], refresh: list[tuple[RefreshKeys, KeyState]]
    ) -> KeyRing:
        """A ring of these keys.

        Raises `InvalidKey` when two keys share a name (RFC 7517 section 4.5), and for a shared secret beside
        asymmetric keys: what is public of one could be taken for the secret of another (RFC 8725 section 2.1).
        """
        if len({key.algorithm.kty == "oct" for key, _ in signing}) > 1:
            raise InvalidKey("a key ring holds shared secrets (HS256) or asymmetric keys, never both")
        by_kid = {key.kid: key for key, _ in signing}
        if len(by_kid) != len(signing):
            raise InvalidKey("two keys of the ring have one kid")
        return cls(
            version,
            MappingProxyType(by_kid),
            MappingProxyType(
                {key.kid: state for key, state in signing} | {keys.key_id: state for keys, state in refresh}
            ),
            MappingProxyType({keys.key_id: keys for keys, _ in refresh}),
        )

    def signer(self) -> Key:
        """The newest active key that can sign. Raises `InvalidKey` when there is none."""
        for kid in reversed(list(self.signing)):
            if self.states[kid] is KeyState.ACTIVE and self.signing[kid].private is not None:
                return self.signing[kid]
        raise InvalidKey("the key ring has no active signing key")

    def verifier(self, kid: str) -> Key | None:
        """The key of that kid in any state: a retired key verifies until its last token has expired."""
        return self.signing.get(kid)

    def refresh_keys(self) -> RefreshKeys:
        """The newest active secrets for refresh tokens. Raises `InvalidKey` when there are none."""
        for key_id in reversed(list(self.refresh)):
            if self.states[key_id] is KeyState.ACTIVE:
                return self.refresh[key_id]
        raise InvalidKey("the key ring has no active refresh key")
