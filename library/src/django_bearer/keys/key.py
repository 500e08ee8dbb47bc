"""A key object: parsed once, checked once, bound to one algorithm and one use for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from ..errors import InvalidKey, MalformedToken
from ..primitives.encoding import base64url_decode
from .algorithms import Algorithm, algorithm
from .thumbprint import REQUIRED, thumbprint

MIN_RSA_BITS = 2048
MIN_HMAC_BYTES = 32
_READERS: dict[str, Any] = {
    "EC": ECAlgorithm.from_jwk,
    "OKP": OKPAlgorithm.from_jwk,
    "RSA": RSAAlgorithm.from_jwk,
}
_WRITERS: dict[str, Any] = {"EC": ECAlgorithm.to_jwk, "OKP": OKPAlgorithm.to_jwk, "RSA": RSAAlgorithm.to_jwk}


@dataclass(frozen=True, slots=True)
class Key:
    """One key with one algorithm (RFC 8725 section 3.1). `private` is None where only verifying is possible."""

    kid: str
    algorithm: Algorithm
    public: Any = field(repr=False)
    private: Any = field(repr=False, default=None)

    @classmethod
    def generate(cls, name: str) -> Key:
        """A new key for the algorithm of that name; its kid is its thumbprint."""
        chosen = algorithm(name)
        return _of_private(chosen, chosen.generate())

    @classmethod
    def from_der(cls, name: str, der: bytes) -> Key:
        """The key whose PKCS #8 private half is `der`."""
        try:
            private = load_der_private_key(der, password=None)
        except (ValueError, TypeError) as error:
            raise InvalidKey("the private key cannot be read") from error
        return _of_private(algorithm(name), private)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any], alg: str | None = None) -> Key:
        """A verifying key from a JWK (RFC 7517). `alg` stands in where the JWK names none.

        Raises `InvalidKey` for a key not meant for verifying signatures, of another algorithm, off its curve or
        too weak (RFC 7518 sections 3.2, 3.3; RFC 8725 sections 3.4, 3.5).
        """
        chosen = algorithm(_named(jwk, "alg") or alg)
        if alg is not None and chosen.name != alg:
            raise InvalidKey("the key is bound to another algorithm")
        _check_use(jwk)
        if jwk.get("kty") != chosen.kty or (chosen.crv and jwk.get("crv") != chosen.crv):
            raise InvalidKey("key type, curve and algorithm do not belong together")
        public = _public_half(jwk, chosen)
        _check_strength(public)
        return cls(_named(jwk, "kid") or thumbprint(jwk), chosen, public)

    def private_der(self) -> bytes:
        """PKCS #8 of the private half: for encryption, never for showing."""
        der: bytes = self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return der

    def public_jwk(self) -> dict[str, str]:
        """The public JWK, with kid, alg and use (RFC 7517 section 4)."""
        if self.algorithm.kty == "oct":
            raise InvalidKey("a shared secret has no public half")
        written = _WRITERS[self.algorithm.kty](self.public, as_dict=True)
        members = {name: written[name] for name in REQUIRED[self.algorithm.kty]}
        return {**members, "kid": self.kid, "alg": self.algorithm.name, "use": "sig"}


def _of_private(chosen: Algorithm, private: Any) -> Key:
    if not issubclass(type(private), chosen.private_type):
        raise InvalidKey("the private key is not of its algorithm's type")
    public: Any = private.public_key()
    _check_strength(public)
    named = Key("", chosen, public).public_jwk()
    if named.get("crv") != chosen.crv:
        raise InvalidKey("the private key is not on its algorithm's curve")
    return Key(thumbprint(named), chosen, public, private)


def _named(jwk: Mapping[str, Any], member: str) -> str | None:
    value = jwk.get(member)
    if value is not None and not isinstance(value, str):
        raise InvalidKey(f"JWK member {member} is not text")
    return value


def _check_use(jwk: Mapping[str, Any]) -> None:
    if jwk.get("use", "sig") != "sig":
        raise InvalidKey("the key is not for signatures")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or not {"verify", "sign"} & {str(operation) for operation in operations}:
        raise InvalidKey("the key's operations do not include verifying")


def _public_half(jwk: Mapping[str, Any], chosen: Algorithm) -> Any:
    members = {name: _named(jwk, name) or "" for name in REQUIRED[chosen.kty]}
    try:
        raw = {name: base64url_decode(value) for name, value in members.items() if name not in ("kty", "crv")}
        if not all(raw.values()):
            raise InvalidKey("a JWK lacks a required member")
        public = raw["k"] if chosen.kty == "oct" else _READERS[chosen.kty](members)
    except (MalformedToken, ValueError, TypeError, KeyError) as error:
        raise InvalidKey("the JWK cannot be read") from error
    except Exception as error:
        # PyJWT and cryptography have error families of their own for a key off its curve or out of shape.
        raise InvalidKey("the JWK is not a valid key") from error
    if not isinstance(public, chosen.public_type):
        raise InvalidKey("the JWK is not of its algorithm's type")
    return public


def _check_strength(public: Any) -> None:
    if isinstance(public, bytes) and len(public) < MIN_HMAC_BYTES:
        raise InvalidKey(f"a shared secret needs {MIN_HMAC_BYTES} bytes or more")
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < MIN_RSA_BITS:
            raise InvalidKey(f"an RSA key needs {MIN_RSA_BITS} bits or more")
        if _is_roca(public.public_numbers().n):
            raise InvalidKey("the RSA key was made by a generator whose keys can be factored (CVE-2017-15361)")


def _powers_of_65537(prime: int) -> frozenset[int]:
    members, value = set(), 1
    while value not in members:
        members.add(value)
        value = value * 65537 % prime
    return frozenset(members)


_ROCA = {
    prime: _powers_of_65537(prime)
    for prime in (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
}


def _is_roca(modulus: int) -> bool:
    """Moduli of the flawed generator lie in the subgroup of powers of 65537 modulo every small prime."""
    return all(modulus % prime in members for prime, members in _ROCA.items())
