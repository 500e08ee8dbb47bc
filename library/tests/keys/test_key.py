"""Keys: one algorithm each, checked when they are loaded."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_bearer.errors import InvalidKey
from django_bearer.keys.algorithms import ALGORITHMS, SIGNING, algorithm
from django_bearer.keys.key import Key
from django_bearer.primitives.encoding import base64url_encode

FAST = ["ES256", "EdDSA", "Ed25519"]
P256 = Key.generate("ES256")
ED = Key.generate("EdDSA")
SECRET = {"kty": "oct", "k": base64url_encode(b"s" * 32), "alg": "HS256"}


def rsa_jwk(bits: int, **members: str) -> dict[str, Any]:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    n, e = (base64url_encode(v.to_bytes((v.bit_length() + 7) // 8)) for v in (numbers.n, numbers.e))
    return {"kty": "RSA", "n": n, "e": e, **members}


@pytest.mark.parametrize("name", SIGNING)
def test_generated_key_signs_verifies_and_survives_storage(name: str) -> None:
    key = Key.generate(name)
    signature = key.algorithm.sign(b"message", key.private)
    assert key.algorithm.verify(b"message", key.public, signature)
    assert not key.algorithm.verify(b"massage", key.public, signature)
    again = Key.from_der(name, key.private_der())
    assert (again.kid, again.public_jwk()) == (key.kid, key.public_jwk())
    foreign = Key.from_jwk(key.public_jwk())
    assert foreign.kid == key.kid
    assert foreign.private is None
    assert foreign.algorithm.verify(b"message", foreign.public, signature)


@pytest.mark.parametrize(
    "name", ["none", "None", "hs256", "ES256 ", "", "RS1", "HS512", None, 1, ["ES256"], b"ES256"]
)
def test_algorithm_outside_the_table_does_not_exist(name: Any) -> None:
    """JB-01, JB-04."""
    with pytest.raises(InvalidKey):
        algorithm(name)


def test_no_key_of_a_shared_secret_is_ever_made() -> None:
    """JB-03."""
    assert "HS256" not in SIGNING
    with pytest.raises(InvalidKey):
        Key.generate("HS256")


def test_key_is_bound_to_the_algorithm_it_names() -> None:
    """JB-02."""
    with pytest.raises(InvalidKey, match="another algorithm"):
        Key.from_jwk(P256.public_jwk(), "EdDSA")
    with pytest.raises(InvalidKey):
        Key.from_jwk({**P256.public_jwk(), "alg": "RS256"})


@pytest.mark.parametrize("name", ALGORITHMS)
def test_key_without_algorithm_needs_one_from_the_configuration(name: str) -> None:
    bare = {k: v for k, v in P256.public_jwk().items() if k != "alg"}
    with pytest.raises(InvalidKey):
        Key.from_jwk(bare)
    if name == "ES256":
        assert Key.from_jwk(bare, name).algorithm.name == name
    else:
        with pytest.raises(InvalidKey):
            Key.from_jwk(bare, name)


@pytest.mark.parametrize(
    "members",
    [
        *(
            {"use": "enc"},
            {"use": None},
            {"use": 1},
            {"key_ops": []},
            {"key_ops": ["encrypt"]},
            {"key_ops": "verify"},
        ),
        *({"kty": "RSA"}, {"kty": "OKP"}, {"kty": "oct"}, {"kty": None}, {"crv": "P-384"}, {"crv": "secp256k1"}),
        *({"crv": None}, {"x": ""}, {"x": "AA"}, {"x": 1}, {"x": "é"}, {"y": "AA=="}, {"y": None}, {"kid": 1}),
        *({"alg": "none"}, {"alg": 1}),
    ],
)
def test_malformed_or_misused_jwk_is_refused(members: dict[str, Any]) -> None:
    """JB-06, JK-02."""
    with pytest.raises(InvalidKey):
        Key.from_jwk({**P256.public_jwk(), **members})


def test_point_off_the_curve_is_refused() -> None:
    """JB-06."""
    jwk = P256.public_jwk()
    with pytest.raises(InvalidKey):
        Key.from_jwk({**jwk, "y": jwk["x"]})


@pytest.mark.parametrize(("length", "accepted"), [(0, False), (6, False), (31, False), (32, True), (64, True)])
def test_shared_secret_needs_as_many_bytes_as_its_hash(length: int, accepted: bool) -> None:
    """JB-07."""
    jwk = {**SECRET, "k": base64url_encode(b"k" * length)}
    if accepted:
        assert Key.from_jwk(jwk).algorithm.name == "HS256"
    else:
        with pytest.raises(InvalidKey):
            Key.from_jwk(jwk)


def test_short_rsa_key_is_refused() -> None:
    """JB-07."""
    with pytest.raises(InvalidKey, match="2048"):
        Key.from_jwk(rsa_jwk(1024, alg="RS256"))
    assert Key.from_jwk(rsa_jwk(2048, alg="RS256")).algorithm.name == "RS256"


def test_stored_key_of_another_type_than_its_algorithm_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    der = other.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for name, raw in [("ES256", der), ("EdDSA", P256.private_der()), ("RS256", P256.private_der()), ("ES256", b"x")]:
        with pytest.raises(InvalidKey):
            Key.from_der(name, raw)


@pytest.mark.parametrize("name", FAST)
def test_public_jwk_has_no_private_member(name: str) -> None:
    """JK-01."""
    found = Key.generate(name).public_jwk()
    assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & set(found)
    assert found["use"] == "sig"


def test_shared_secret_has_no_public_jwk() -> None:
    """JK-01."""
    with pytest.raises(InvalidKey):
        Key.from_jwk(SECRET).public_jwk()


values = st.none() | st.booleans() | st.integers() | st.text(max_size=50) | st.lists(st.text(max_size=5), max_size=2)
names = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "k", "alg", "use", "key_ops", "kid", "d"])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(names, values), st.sampled_from([P256.public_jwk(), ED.public_jwk(), SECRET, {}]))
def test_any_jwk_is_a_key_or_refused(members: dict[str, Any], base: dict[str, Any]) -> None:
    with contextlib.suppress(InvalidKey):
        assert Key.from_jwk({**base, **members}).algorithm.name in ALGORITHMS


@given(st.binary(max_size=100))
def test_verify_never_raises(signature: bytes) -> None:
    """JB-05."""
    for key in (P256, ED):
        assert not key.algorithm.verify(b"message", key.public, signature)
