"""Thumbprints: RFC 7638, by the required members only."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from django_bearer.errors import InvalidKey
from django_bearer.keys.key import Key
from django_bearer.keys.thumbprint import thumbprint

RFC_8037 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


def test_example_of_rfc_8037_appendix_a_3() -> None:
    """JK-06."""
    assert thumbprint(RFC_8037) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_other_members_and_their_order_do_not_count() -> None:
    """JK-06: private and public JWK have one name."""
    jwk = Key.generate("ES256").public_jwk()
    private = {"d": "secret", "key_ops": ["sign"], **dict(reversed(jwk.items())), "kid": "other", "alg": "x"}
    assert thumbprint(private) == thumbprint(jwk) == jwk["kid"]


@pytest.mark.parametrize("member", ["kty", "crv", "x"])
@pytest.mark.parametrize("value", [None, 1, "", "other"])
def test_every_required_member_counts(member: str, value: Any) -> None:
    changed = {**RFC_8037, member: value}
    if value is None:
        del changed[member]
    with contextlib.suppress(InvalidKey):
        assert thumbprint(changed) != thumbprint(RFC_8037)


@pytest.mark.parametrize("jwk", [{}, {"kty": "EC"}, {"kty": "AKP"}, {"kty": []}, {"kty": None}, {**RFC_8037, "x": 1}])
def test_jwk_without_its_members_has_no_thumbprint(jwk: Any) -> None:
    with pytest.raises(InvalidKey):
        thumbprint(jwk)
