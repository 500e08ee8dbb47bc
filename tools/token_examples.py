"""Write one example of every format this version writes, for library/tests/data/tokens: later versions must read them.

    python tools/token_examples.py > library/tests/data/tokens/0.2.0.json

The keys are made for the example and used for nothing else.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

from django_bearer import __version__
from django_bearer.conf import clients
from django_bearer.keys.algorithms import SIGNING
from django_bearer.keys.encryption import derive, encrypt
from django_bearer.keys.key import Key
from django_bearer.keys.keyring import RefreshKeys
from django_bearer.tokens import known_device, limited_token, recovery_token, remembered_device, ticket
from django_bearer.tokens.access_claims import ACCESS_TOKEN_TYPE, AccessClaims
from django_bearer.tokens.api_token import ApiSecret
from django_bearer.tokens.jws import sign
from django_bearer.tokens.refresh_token import RefreshToken, TokenDelivery

NOW = 1_795_500_000
ISSUER = "https://api.example.com"
MASTER = bytes(range(32))
SESSION = uuid.UUID("0b9d9cf1-9d3c-4b61-8f0e-5c1f6f6f6f6f")


def access_tokens() -> list[dict[str, Any]]:
    """One access token for each algorithm, with every claim there is."""
    claims = AccessClaims(
        iss=ISSUER,
        aud="https://api.example.com/",
        sub="42",
        exp=NOW + 300,
        iat=NOW,
        jti="an-example",
        sid=SESSION,
        client_id="first-party",
        scope=frozenset({"notes:read", "notes:write"}),
        auth_time=NOW - 60,
        epochs=(1, 2),
        amr=("pwd",),
        acr="1",
        custom={"tenant": "a"},
    )
    keys = [Key.generate(name) for name in SIGNING]
    return [
        {"token": sign(claims.payload(), key, ACCESS_TOKEN_TYPE), "jwk": key.public_jwk(), "claims": claims.payload()}
        for key in keys
    ]


def refresh_token() -> dict[str, Any]:
    """A refresh token, the secrets behind it, and its successor for a salt."""
    salt = bytes(range(32, 64))
    keys = RefreshKeys.from_master(MASTER)
    token = RefreshToken(keys.key_id, SESSION, 7, TokenDelivery.BODY, bytes(range(64, 96)))
    return {
        "token": token.encode(keys),
        "master": MASTER.hex(),
        "salt": salt.hex(),
        "digest": token.digest().hex(),
        "successor": token.successor(keys, salt).encode(keys),
    }


def api_token() -> dict[str, str]:
    """An API token, the name of its row, and the digest in it."""
    made = ApiSecret(uuid.UUID("3c1d6b1e-7f0a-4a58-9d6e-2b7a7a7a7a7a"), bytes(range(96, 128)))
    return {"token": made.encode(), "id": str(made.id), "digest": made.digest().hex()}


def devices() -> dict[str, Any]:
    """A known device, and a remembered one with the digest in its row."""
    keys = RefreshKeys.from_master(MASTER)
    known = known_device.Device(
        known_device.Use.CREDENTIAL, keys.key_id, bytes(16), "42", known_device.NO_NAME, bytes(range(16)), NOW
    )
    remembered, digest = remembered_device.new(keys, ISSUER, TokenDelivery.BODY)
    return {
        "master": MASTER.hex(),
        "issuer": ISSUER,
        "known": {"token": known.encode(keys), "user": known.user, "state": known.state.hex()},
        "remembered": {"token": remembered, "digest": digest.hex()},
    }


def single_use() -> dict[str, dict[str, str]]:
    """A token of each kind of which the database has the digest only."""
    made = {"lt": limited_token.new(), "rc": recovery_token.new(), "tk": ticket.new()}
    return {kind: {"token": token, "digest": digest.hex()} for kind, (token, digest) in made.items()}


def client_secret() -> dict[str, str]:
    """The secret of a client, and what the settings have of it."""
    made = clients.new_secret()
    return {"secret": made.text, "digest": made.digest}


def encrypted_private_key() -> dict[str, str]:
    """An encrypted secret, its additional data, and the secret that its key is derived from."""
    about, plain = b"what it is about", b"an encrypted example"
    return {
        "encrypted_private_key": encrypt(plain, about, derive(b"example", "key-encryption")).hex(),
        "about": about.hex(),
        "plain": plain.hex(),
        "secret": b"example".hex(),
    }


if __name__ == "__main__":
    document = {
        "version": __version__,
        "now": NOW,
        "access": access_tokens(),
        "refresh": refresh_token(),
        "api": api_token(),
        "devices": devices(),
        "single_use": single_use(),
        "client_secret": client_secret(),
        "encrypted_private_key": encrypted_private_key(),
    }
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")
