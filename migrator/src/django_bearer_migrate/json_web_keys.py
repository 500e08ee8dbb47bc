"""Keys that a text holds as JSON Web Keys (RFC 7517), and the other forms in which a shared key may be written."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

MOST = 200
"""Values in one text that are tried."""
PROBE = 2
_PRIVATE = re.compile(
    rb"""(?<![A-Za-z0-9_])[\\"']*d[\\"']*\s*[:=]\s*[\\"']*([A-Za-z0-9_-]{40,1400})(?![A-Za-z0-9_-])"""
)
"""The member `d`, as JSON, YAML or Python has it, also within a string (RFC 7518 sections 6.2.2.1 and 6.3.2.1)."""
_ENCODED = re.compile(rb"(?:eyJ|eyAi|eyAg|ewog|ewoJ|ewoi|ew0K|W3si|W3sK|Wwog|WyB7)[A-Za-z0-9+/_=\s-]{100,30000}")
"""An object that is written in base64 once more, as variables of the environment often are."""


def signs_for(text: bytes, public: bytes) -> bool:
    """Whether a text holds, as a JSON Web Key, the private key of a public one in DER. Pure.

    Each value of a member `d` is tried, so that nothing depends on how the rest of the object is written.
    """
    found = load_der_public_key(public)
    return any(_is_private(each, found) for each in _values(text))


def _values(text: bytes) -> Iterator[int]:
    for part in _parts(text):
        if b"kty" not in part:
            continue
        for number, match in enumerate(_PRIVATE.finditer(_JOINED.sub(b"", part))):
            if number >= MOST:
                break
            yield int.from_bytes(base64.urlsafe_b64decode(match[1] + b"=" * (-len(match[1]) % 4)))


_JOINED = re.compile(rb"""["'][\s+\\]+[bBrRuUfF]{0,2}["'](?=[A-Za-z0-9_-]+["'])""")
"""Between two parts of one value in source code."""


def _parts(text: bytes) -> Iterator[bytes]:
    yield text
    for found in _ENCODED.finditer(text):
        inside = b"".join(found[0].split()).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        try:
            yield base64.b64decode(inside[: len(inside) // 4 * 4])
        except binascii.Error:
            continue


def _is_private(value: int, public: Any) -> bool:
    if isinstance(public, rsa.RSAPublicKey):  # a shorter exponent could be computed from the public key
        numbers = public.public_numbers()
        fits = numbers.n.bit_length() // 4 < value.bit_length() <= numbers.n.bit_length()
        return fits and pow(pow(PROBE, numbers.e, numbers.n), value, numbers.n) == PROBE
    if isinstance(public, ec.EllipticCurvePublicKey) and 0 < value.bit_length() <= public.curve.key_size:
        try:
            made = ec.derive_private_key(value, public.curve)
        except ValueError:
            return False
        return made.public_key().public_numbers() == public.public_numbers()
    return False


def shared_forms(key: bytes) -> tuple[bytes, ...]:
    """How a shared key may be written: as it is, in base64 or base64url as the member `k` has it, or in hex."""
    if not key:
        return ()
    plain, safe = base64.b64encode(key).rstrip(b"="), base64.urlsafe_b64encode(key).rstrip(b"=")
    return (key, *dict.fromkeys((plain, safe, key.hex().encode(), key.hex().upper().encode())))
