"""Which keys may verify old tokens: none that anybody could know or guess, since it would let them in as anybody."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from . import json_web_keys, private_keys

SYMMETRIC = frozenset({"HS256", "HS384", "HS512"})
ASYMMETRIC = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
MIN_BYTES = 32
"""Of a shared key (RFC 7518 section 3.2)."""
MIN_DIFFERENT = 10
"""Different characters in a shared key: a random one of 32 bytes has far more."""
MIN_RSA_BITS = 2048
INSECURE = ("django-insecure-", "changeme", "change-me", "change_me", "your-", "secret", "example", "insecure")
"""How keys begin that come with templates, tutorials and `startproject`."""


def key_fault(algorithm: str, key: str | bytes, source: str) -> str | None:
    """What is wrong with a key, or None. Pure.

    `source` is the text of the project's settings files: a key that lies there in clear is known to whoever reads the
    repository. Of a public key, the private one must not lie there.
    """
    if algorithm not in SYMMETRIC | ASYMMETRIC:
        return f"the algorithm {algorithm!r} signs nothing, or nothing that is accepted here"
    if algorithm in ASYMMETRIC:
        return _public_key_fault(algorithm, key) or _private_key_fault(key, source)
    secret = key.encode() if isinstance(key, str) else key
    text = secret.decode("latin-1")
    if len(secret) < MIN_BYTES:
        return f"the key has {len(secret)} bytes, and {MIN_BYTES} are the least (RFC 7518 section 3.2)"
    if text.lower().startswith(INSECURE) or len(set(secret)) < MIN_DIFFERENT:
        return "the key is a published or made-up one, so that anybody can sign tokens"
    read = source.encode()
    if text in source or any(form in read for form in json_web_keys.shared_forms(secret)):
        return "the key lies in clear in the settings files, so that whoever reads the repository can sign tokens"
    return None


def _public_key_fault(algorithm: str, key: str | bytes) -> str | None:
    try:
        found = load_pem_public_key(key.encode() if isinstance(key, str) else key)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return f"{algorithm} needs a public key in PEM"
    if algorithm.startswith("ES"):
        return None if isinstance(found, ec.EllipticCurvePublicKey) else f"{algorithm} needs a key on a curve"
    if not isinstance(found, rsa.RSAPublicKey):
        return f"{algorithm} needs an RSA key"
    return None if found.key_size >= MIN_RSA_BITS else f"the RSA key has fewer than {MIN_RSA_BITS} bits"


def public_form(key: str | bytes) -> bytes:
    """A public key in PEM, in the form in which two are compared. `key_fault` has found no fault in it."""
    return private_keys.public_form(load_pem_public_key(key.encode() if isinstance(key, str) else key))


def _private_key_fault(key: str | bytes, source: str) -> str | None:
    if not private_keys.signs_for(source.encode(), public_form(key)):
        return None
    return "the private key lies in clear in the settings files, so that whoever reads the repository can sign tokens"
