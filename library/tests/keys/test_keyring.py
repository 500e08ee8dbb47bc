"""The key ring and what is published of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.errors import InvalidKey
from django_bearer.keys import jwks
from django_bearer.keys.key import Key
from django_bearer.keys.keyring import KeyRing, KeyState, RefreshKeys
from django_bearer.primitives.encoding import base64url_encode

A, B, C = (Key.generate("ES256") for _ in range(3))
OLD, NEW = (RefreshKeys.from_master(bytes([n]) * 32) for n in range(2))
SHARED = Key.from_jwk({"kty": "oct", "k": base64url_encode(b"s" * 32), "alg": "HS256", "kid": "shared"})
ACTIVE, RETIRED, PUBLISHED = KeyState.ACTIVE, KeyState.RETIRED, KeyState.PUBLISHED


def test_newest_active_key_signs() -> None:
    """JK-05: a published key does not sign yet, a retired one no more."""
    assert KeyRing.of(1, [(A, ACTIVE), (B, ACTIVE), (C, PUBLISHED)], []).signer() is B
    assert KeyRing.of(1, [(A, ACTIVE), (B, RETIRED)], []).signer() is A


def test_ring_without_active_key_does_not_sign() -> None:
    for keys in ([], [(A, RETIRED)], [(A, PUBLISHED)], [(Key.from_jwk(A.public_jwk()), ACTIVE)], [(SHARED, ACTIVE)]):
        with pytest.raises(InvalidKey):
            KeyRing.of(1, keys, []).signer()


def test_every_key_of_the_ring_verifies_and_no_other() -> None:
    ring = KeyRing.of(1, [(A, RETIRED), (B, PUBLISHED)], [])
    assert ring.verifier(A.kid) is A
    assert ring.verifier(B.kid) is B
    assert ring.verifier(C.kid) is None
    assert ring.verifier("") is None


def test_two_keys_of_one_name_are_an_error() -> None:
    """JK-03."""
    with pytest.raises(InvalidKey):
        KeyRing.of(1, [(A, ACTIVE), (A, RETIRED)], [])


def test_newest_active_refresh_key_makes() -> None:
    assert KeyRing.of(1, [], [(OLD, ACTIVE), (NEW, ACTIVE)]).refresh_keys() is NEW
    assert KeyRing.of(1, [], [(OLD, ACTIVE), (NEW, RETIRED)]).refresh_keys() is OLD
    with pytest.raises(InvalidKey):
        KeyRing.of(1, [], [(OLD, RETIRED)]).refresh_keys()


def test_shared_secrets_and_asymmetric_keys_are_never_in_one_ring_or_set() -> None:
    """JB-03: what is public of one key must never be taken for the secret of another."""
    for mixed in ([A, SHARED], [SHARED, A]):
        with pytest.raises(InvalidKey, match="never both"):
            KeyRing.of(1, [(key, RETIRED) for key in mixed], [])
    with pytest.raises(InvalidKey, match="never for both"):
        jwks.read({"keys": []}, ("ES256", "HS256"))
    assert jwks.read({"keys": []}, ("HS256",)) == jwks.read({"keys": []}, ("ES256", "RS256")) == {}


def test_ring_cannot_be_changed() -> None:
    ring = KeyRing.of(1, [(A, ACTIVE)], [(OLD, ACTIVE)])
    for mapping in (ring.signing, ring.states, ring.refresh):
        with pytest.raises(TypeError):
            mapping["x"] = A  # type: ignore[index]


@given(st.binary(min_size=32, max_size=32))
def test_refresh_secrets_of_one_master_are_apart(master: bytes) -> None:
    found = RefreshKeys.from_master(master)
    assert found == RefreshKeys.from_master(master)
    assert len({found.mac, found.derivation, master}) == 3
    assert not found.mac.startswith(found.key_id)
    assert not found.derivation.startswith(found.key_id)


def test_published_set_has_public_members_of_signing_keys_only() -> None:
    """JK-01."""
    ring = KeyRing.of(1, [(A, ACTIVE), (B, RETIRED)], [(OLD, ACTIVE)])
    published = jwks.publish(ring)["keys"]
    assert jwks.publish(KeyRing.of(1, [(SHARED, ACTIVE)], [(OLD, ACTIVE)])) == {"keys": []}
    assert [jwk["kid"] for jwk in published] == [A.kid, B.kid]
    assert all(set(jwk) == {"kty", "crv", "x", "y", "kid", "alg", "use"} for jwk in published)


def test_foreign_set_skips_what_it_does_not_understand() -> None:
    """JK-04."""
    odd = [None, 1, {}, {"kty": "AKP"}, {**B.public_jwk(), "use": "enc"}, {**B.public_jwk(), "x": "AA"}]
    found = jwks.read({"keys": [*odd, A.public_jwk()]}, ("ES256",))
    assert list(found) == [A.kid]
    assert found[A.kid].private is None


def test_foreign_set_gives_no_key_of_an_algorithm_that_is_not_allowed() -> None:
    """JB-01, JB-03."""
    secret = {"kty": "oct", "k": base64url_encode(b"s" * 32), "alg": "HS256", "kid": "s"}
    assert jwks.read({"keys": [A.public_jwk(), secret]}, ("EdDSA",)) == {}


def test_kid_that_two_keys_share_names_neither() -> None:
    """JK-03."""
    doubled = [{**key.public_jwk(), "kid": "same"} for key in (A, B)]
    assert list(jwks.read({"keys": [*doubled, C.public_jwk()]}, ("ES256",))) == [C.kid]
    assert jwks.read({"keys": [*doubled, {**C.public_jwk(), "kid": "same"}]}, ("ES256",)) == {}


@pytest.mark.parametrize("document", [None, [], "x", {}, {"keys": None}, {"keys": {}}, {"keys": "x"}])
def test_document_that_is_no_set_has_no_keys(document: object) -> None:
    assert jwks.read(document, ("ES256",)) == {}
