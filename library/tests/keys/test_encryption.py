"""Encryption of private keys: an altered byte or column, or a copied row, cannot be decrypted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer import issue_session
from django_bearer.database import key_changes, signing_keys
from django_bearer.errors import InvalidKey, KeyDecryptionFailed, TemporarilyUnavailable
from django_bearer.keys.encryption import decrypt, derive, encrypt
from django_bearer.models import SigningKey
from django_bearer.sessions import key_rotation

KEY, OTHER = b"k" * 32, b"o" * 32
ISSUER = "https://api.example.com"


@given(st.binary(max_size=100), st.binary(max_size=50))
def test_round_trip_under_any_of_the_keys(plain: bytes, about: bytes) -> None:
    encrypted = encrypt(plain, about, KEY)
    assert decrypt(encrypted, about, [KEY]) == decrypt(encrypted, about, [OTHER, KEY]) == plain
    assert encrypted != encrypt(plain, about, KEY)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_flipped_bit_is_refused(plain: bytes, data: Any) -> None:
    encrypted = bytearray(encrypt(plain, b"about", KEY))
    at = data.draw(st.integers(0, len(encrypted) * 8 - 1))
    encrypted[at // 8] ^= 1 << at % 8
    with pytest.raises(KeyDecryptionFailed):
        decrypt(bytes(encrypted), b"about", [KEY])


@given(st.data())
def test_any_cut_is_refused(data: Any) -> None:
    encrypted = encrypt(b"plain", b"about", KEY)
    cut = data.draw(st.integers(0, len(encrypted) - 1))
    with pytest.raises(KeyDecryptionFailed):
        decrypt(encrypted[:cut], b"about", [KEY])


def test_other_key_other_place_and_no_key_are_refused() -> None:
    encrypted = encrypt(b"plain", b"about", KEY)
    for about, with_keys in ((b"about", [OTHER]), (b"elsewhere", [KEY]), (b"about", [])):
        with pytest.raises(KeyDecryptionFailed):
            decrypt(encrypted, about, with_keys)


def test_derived_keys_differ_by_purpose_and_secret() -> None:
    found = {derive(secret, label) for secret in (b"a", b"b") for label in ("x", "y")}
    assert len(found) == 4
    assert len(derive(b"a", "x", 8)) == 8


@pytest.fixture
def row(ann: Any) -> SigningKey:
    issue_session(ann)
    signing_keys.clear_cache()
    return SigningKey.objects.get(use="sig")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("kid", "other"), ("alg", "EdDSA"), ("state", "retired"), ("state", "published"), ("serial", 7)),
        *(
            ("public", {}),
            ("public", {"kty": "EC"}),
            ("encrypted_private_key", b""),
            ("encrypted_private_key", b"\x01"),
            ("encrypted_private_key", b"x"),
        ),
    ],
)
def test_row_edited_in_sql_is_no_key_and_no_new_ring_is_begun(column: str, value: Any, row: SigningKey) -> None:
    SigningKey.objects.filter(pk=row.pk).update(**{column: value})
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring(ISSUER)
    assert SigningKey.objects.count() == 2


def test_row_moved_to_another_issuer_is_no_key(row: SigningKey) -> None:
    SigningKey.objects.filter(pk=row.pk).update(issuer="https://other.example")
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring("https://other.example")


def test_row_of_one_use_is_no_key_of_another(row: SigningKey) -> None:
    """JB-16."""
    SigningKey.objects.filter(pk=row.pk).update(use="refresh", serial=50)
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring(ISSUER)


def test_public_column_says_nothing_the_private_key_does_not(row: SigningKey) -> None:
    """A forged public half in SQL must not be published."""
    forged = {**row.public, "x": row.public["y"], "y": row.public["x"]}
    SigningKey.objects.filter(pk=row.pk).update(public=forged)
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring(ISSUER)


def test_encrypted_bytes_of_one_row_cannot_be_decrypted_in_another(row: SigningKey) -> None:
    key_rotation.publish(ISSUER, signing_keys.KeyState.ACTIVE)
    first, second = SigningKey.objects.filter(use="sig").order_by("serial")
    SigningKey.objects.filter(pk=second.pk).update(encrypted_private_key=first.encrypted_private_key)
    signing_keys.clear_cache()
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring(ISSUER)


@pytest.mark.parametrize("at", [0, 1, 12, 13, 40, -1])
def test_row_with_one_altered_byte_is_no_key(at: int, row: SigningKey) -> None:
    encrypted = bytearray(row.encrypted_private_key)
    encrypted[at] ^= 0x80
    SigningKey.objects.filter(pk=row.pk).update(encrypted_private_key=bytes(encrypted))
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring(ISSUER)


def test_row_made_up_by_a_reader_of_the_database_is_no_key(row: SigningKey) -> None:
    """Without the key-encryption key nobody slips a key in."""
    made = SigningKey.objects.get(pk=row.pk)
    made.pk, made.kid, made.serial, made.encrypted_private_key = None, "mine", 99, encrypt(b"mine", b"mine", OTHER)
    made.save()
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring(ISSUER)


def test_secret_key_rotation_opens_with_the_fallback_and_without_it_refuses(row: SigningKey, settings: Any) -> None:
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n3w-s3cret!" * 6
    with pytest.raises(TemporarilyUnavailable) as caught:
        signing_keys.ring(ISSUER)
    assert isinstance(caught.value.__cause__, KeyDecryptionFailed | InvalidKey)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert row.kid in signing_keys.ring(ISSUER).signing
    assert key_changes.reencrypt(ISSUER) == 2
    settings.SECRET_KEY_FALLBACKS = []
    assert row.kid in signing_keys.ring(ISSUER).signing
