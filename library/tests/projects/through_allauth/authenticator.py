"""A software authenticator: a P-256 key that verifies its user, with the attestation `none` (WebAuthn section 6)."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

from django_bearer.primitives.encoding import base64url_decode, base64url_encode

ID = b"credential-0001"
UP, UV, AT = 1, 4, 64


class Authenticator:
    def __init__(self, origin: str = "https://api.example.com") -> None:
        self.key, self.origin, self.count, self.handle = ec.generate_private_key(ec.SECP256R1()), origin, 0, b""

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, rp_id: str, flags: int, rest: bytes = b"") -> bytes:
        self.count += 1
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count) + rest

    def make(self, options: Any) -> dict[str, Any]:
        asked = options["publicKey"]
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        rest = bytes(16) + struct.pack(">H", len(ID)) + ID + cbor.encode(cose)
        data = self._data(asked["rp"]["id"], UP | UV | AT, rest)
        self.handle = base64url_decode(asked["user"]["id"])
        return self._credential(
            {
                "clientDataJSON": base64url_encode(self._client_data("webauthn.create", asked["challenge"])),
                "attestationObject": base64url_encode(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})),
            }
        ) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def use(self, options: Any, flags: int = UP | UV) -> dict[str, Any]:
        asked = options["publicKey"]
        said = self._client_data("webauthn.get", asked["challenge"])
        data = self._data(asked["rpId"], flags)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": base64url_encode(said),
                "authenticatorData": base64url_encode(data),
                "signature": base64url_encode(signature),
                "userHandle": base64url_encode(self.handle),
            }
        )

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        raw = base64url_encode(ID)
        return {"id": raw, "rawId": raw, "type": "public-key", "response": response, "clientExtensionResults": {}}
