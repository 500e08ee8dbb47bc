"""Private keys that a text holds, and whether one of them signs what a public key verifies."""

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
    pkcs12,
)

from . import json_web_keys

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

    It may be a JSON Web Key or PEM. The PEM may be indented, have its line breaks escaped, be put together of
    strings, or be in base64 once more.
    """
    return any(_public_of(key) == public for key in _keys(text)) or json_web_keys.signs_for(text, public)


def is_encrypted(text: bytes) -> bool:
    """Whether a text holds a private key that cannot be read without its password, so that nothing can be said of
    whose it is. Pure."""
    if any(_ENCRYPTED.search(part) or _is_ssh_encrypted(part) for part in _texts(text)):
        return True
    return _in_binary(text) is _Encrypted


class _Encrypted:
    """Stands for a key that is encrypted."""


_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: *4, *ENCRYPTED")


def _is_ssh_encrypted(text: bytes) -> bool:
    """Whether it has an OpenSSH key with a cipher: `openssh-key-v1`, a null byte, and the cipher's name."""
    for found in _PEM.finditer(text):
        if found[1] == b"OPENSSH ":
            inside = re.sub(rb"[^A-Za-z0-9+/=]", b"", _ESCAPE.sub(b"", _JOINED.sub(b"", found[2])))
            head = base64.b64decode(inside[:60])
            if head.startswith(b"openssh-key-v1\0") and head[19:23] != b"none":
                return True
    return False


def _texts(text: bytes) -> Iterator[bytes]:
    """The text, and what it holds in base64 once more."""
    if b"PRIVATE KEY-----" in text:
        yield text
    for found in _ENCODED.finditer(text):
        inside = b"".join(found[0].split()).rstrip(b"=")
        try:
            yield base64.b64decode(inside[: len(inside) // 4 * 4])
        except binascii.Error:
            continue


def _keys(text: bytes) -> Iterator[Any]:
    for part in _texts(text):
        yield from (_load(found[1], found[2]) for found in _PEM.finditer(part))
    found = _in_binary(text)
    if found is not _Encrypted:
        yield found


def _in_binary(text: bytes) -> Any:
    """The private key of a file in DER or PKCS 12; `_Encrypted` where it has a password; None where it is neither."""
    if text[:1] != b"\x30" or len(text) > MAX_DER:
        return None
    try:
        return load_der_private_key(text, None)
    except TypeError:
        return _Encrypted
    except _UNREADABLE:
        pass
    try:
        return pkcs12.load_key_and_certificates(text, None)[0]
    except ValueError as error:
        return _Encrypted if "password" in str(error).lower() else None
    except _UNREADABLE:
        return None


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
