"""Private keys that a text holds in PEM, and whether one of them signs what a public key verifies."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

MAX_DER = 20_000
"""Bytes of a file that may be a private key in DER."""
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]{0,20})PRIVATE KEY-----(.{50,20000}?)-----END ", re.DOTALL)
_JOINED = re.compile(rb"""["'][\s,+\\]*[bBrRuUfF]{0,2}["']""")
"""Between two parts of one string in source code."""
_ESCAPE = re.compile(rb"\\+(?:[nrt]|u000[aAdD]|x0[aAdD])")
_ENCODED = re.compile(rb"LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]{100,30000}")
"""A PEM that is written in base64 once more, as variables of the environment often are."""
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)


def public_form(key: Any) -> bytes:
    """A public key in the one form in which two are compared: SubjectPublicKeyInfo in DER (RFC 5280 section 4.1)."""
    found: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


def signs_for(text: bytes, public: bytes) -> bool:
    """Whether a text holds the private key of a public one, which is given as `public_form` makes it. Pure.

    The PEM may be indented, have its line breaks escaped, be put together of strings, or be in base64 once more.
    """
    return any(_public_of(key) == public for key in _keys(text))


def _keys(text: bytes) -> Iterator[Any]:
    if b"PRIVATE KEY-----" in text:
        for found in _PEM.finditer(text):
            yield _load(found[1], found[2])
    for found in _ENCODED.finditer(text):
        try:
            inner = base64.b64decode(b"".join(found[0].split()))
        except binascii.Error:
            continue
        yield from (_load(each[1], each[2]) for each in _PEM.finditer(inner))
    if text[:1] == b"\x30" and len(text) <= MAX_DER:
        try:
            yield load_der_private_key(text, None)
        except _UNREADABLE:
            return


def _load(kind: bytes, body: bytes) -> Any:
    """The key of a PEM's inside, however it is written; None for one that is encrypted or no key."""
    inside = re.sub(rb"[^A-Za-z0-9+/=]", b"", _ESCAPE.sub(b"", _JOINED.sub(b"", body)))
    lines = b"\n".join(inside[at : at + 64] for at in range(0, len(inside), 64))
    pem = b"-----BEGIN %bPRIVATE KEY-----\n%b\n-----END %bPRIVATE KEY-----\n" % (kind, lines, kind)
    try:
        return load_ssh_private_key(pem, None) if kind == b"OPENSSH " else load_pem_private_key(pem, None)
    except _UNREADABLE:
        return None


def _public_of(key: Any) -> bytes:
    return b"" if key is None else public_form(key.public_key())
