"""The closed table of signature algorithms: what is not in it does not exist (RFC 8725 section 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import Algorithm as Primitive
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm, RSAPSSAlgorithm

from ..errors import InvalidKey

RSA_BITS = 3072
"""Size of an RSA key we make; 2048 is the least we accept (RFC 7518 section 3.3)."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One signature algorithm: its JOSE name, the one kind of key it takes, and how it signs and verifies.

    `signs` is False where this package only verifies: tokens of an older system, never new ones.
    """

    name: str
    kty: str
    crv: str | None
    signs: bool
    primitive: Primitive
    private_type: type
    public_type: type
    generate: Callable[[], Any]

    def sign(self, message: bytes, private: Any) -> bytes:
        """The signature of `message` in JOSE form (RFC 7518 section 3)."""
        return self.primitive.sign(message, private)

    def verify(self, message: bytes, public: Any, signature: bytes) -> bool:
        """Whether `signature` is one of `message`; never raises."""
        try:
            return self.primitive.verify(message, public, signature)
        except Exception:
            # Whatever a primitive makes of hostile bytes, it is not a valid signature (RFC 8725 section 3.3).
            return False


def _no_generation() -> Any:
    raise InvalidKey("HS256 is for verifying an older system's tokens only; no key of it is ever made")


def _ec() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


def _ed25519() -> Any:
    return ed25519.Ed25519PrivateKey.generate()


def _rsa() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


_EC = (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey, _ec)
_ED = (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey, _ed25519)
_RSA = (rsa.RSAPrivateKey, rsa.RSAPublicKey, _rsa)

ES256 = Algorithm("ES256", "EC", "P-256", True, ECAlgorithm(ECAlgorithm.SHA256, ec.SECP256R1), *_EC)
EDDSA = Algorithm("EdDSA", "OKP", "Ed25519", True, OKPAlgorithm(), *_ED)
ED25519 = Algorithm("Ed25519", "OKP", "Ed25519", True, OKPAlgorithm(), *_ED)
PS256 = Algorithm("PS256", "RSA", None, True, RSAPSSAlgorithm(RSAPSSAlgorithm.SHA256), *_RSA)
RS256 = Algorithm("RS256", "RSA", None, True, RSAAlgorithm(RSAAlgorithm.SHA256), *_RSA)
HS256 = Algorithm("HS256", "oct", None, False, HMACAlgorithm(HMACAlgorithm.SHA256), bytes, bytes, _no_generation)

ALGORITHMS = {algorithm.name: algorithm for algorithm in (ES256, EDDSA, ED25519, PS256, RS256, HS256)}
SIGNING = tuple(name for name, algorithm in ALGORITHMS.items() if algorithm.signs)


def algorithm(name: object) -> Algorithm:
    """The algorithm of exactly this name. Raises `InvalidKey` for any other, `none` included."""
    found = ALGORITHMS.get(name) if isinstance(name, str) else None
    if found is None:
        raise InvalidKey(f"algorithm is not one of {', '.join(ALGORITHMS)}")
    return found
