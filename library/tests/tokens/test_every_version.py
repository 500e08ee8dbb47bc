"""No release ends a live token: what any released version wrote is read by this one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from django_bearer import __version__
from django_bearer.conf import clients
from django_bearer.keys.encryption import decrypt, derive
from django_bearer.keys.key import Key
from django_bearer.keys.keyring import RefreshKeys
from django_bearer.primitives.clock import SECOND
from django_bearer.tokens import (
    access_claims,
    api_token,
    jws,
    known_device,
    limited_token,
    recovery_token,
    refresh_token,
    remembered_device,
    ticket,
)

EXAMPLES = sorted((Path(__file__).parents[1] / "data" / "tokens").glob("*.json"))


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def example(request: Any) -> Any:
    return json.loads(request.param.read_text())


def test_this_version_has_left_its_examples() -> None:
    assert __version__ in {path.stem for path in EXAMPLES}


def test_access_tokens_verify_and_parse(example: Any) -> None:
    for case in example["access"]:
        key = Key.from_jwk(case["jwk"])
        found = access_claims.parse(
            jws.verify(case["token"], lambda header, key=key: key, access_claims.ACCESS_TOKEN_TYPE)
        )
        assert found.payload() == case["claims"]
        access_claims.check(
            found, issuer=found.iss, audiences=frozenset({found.aud}), now=example["now"] * SECOND, leeway=0
        )


def test_refresh_tokens_are_read_proven_and_have_the_same_successor(example: Any) -> None:
    case = example["refresh"]
    keys = RefreshKeys.from_master(bytes.fromhex(case["master"]))
    presented = refresh_token.read(case["token"])
    assert presented.is_issued_by(keys)
    assert presented.token.digest().hex() == case["digest"]
    assert presented.token.successor(keys, bytes.fromhex(case["salt"])).encode(keys) == case["successor"]


def test_api_tokens_are_read_and_match_their_row(example: Any) -> None:
    case = example["api"]
    found = api_token.read(case["token"])
    assert (str(found.id), found.digest().hex()) == (case["id"], case["digest"])
    assert found.encode() == case["token"]


SINCE_0_2 = ("devices", "single_use", "client_secret")
"""What version 0.1.0 has left no example of, though it wrote some of it."""


def test_every_version_has_left_an_example_of_each_format(example: Any) -> None:
    expected = {"version", "now", "access", "refresh", "api", "encrypted_private_key"}
    assert set(example) == expected | (set() if example["version"] == "0.1.0" else set(SINCE_0_2))


def test_devices_are_known_and_remembered(example: Any) -> None:
    for case in filter(None, [example.get("devices")]):
        keys = RefreshKeys.from_master(bytes.fromhex(case["master"]))
        known = known_device.read(case["known"]["token"]).decrypt(keys)
        assert known is not None
        assert (known.user, known.state.hex()) == (case["known"]["user"], case["known"]["state"])
        remembered = remembered_device.read(case["remembered"]["token"])
        assert remembered.is_proven(keys, case["issuer"])
        assert remembered.digest.hex() == case["remembered"]["digest"]


def test_single_use_tokens_match_their_row(example: Any) -> None:
    formats = {"lt": limited_token, "rc": recovery_token, "tk": ticket}
    for kind, case in example.get("single_use", {}).items():
        assert formats[kind].digest_of(case["token"]).hex() == case["digest"]


def test_a_clients_secret_proves_it(example: Any) -> None:
    for case in filter(None, [example.get("client_secret")]):
        assert clients.Secret(case["secret"]).digest == case["digest"]


def test_encrypted_keys_can_be_decrypted(example: Any) -> None:
    case = {name: bytes.fromhex(value) for name, value in example["encrypted_private_key"].items()}
    assert (
        decrypt(case["encrypted_private_key"], case["about"], [derive(case["secret"], "key-encryption")])
        == case["plain"]
    )
