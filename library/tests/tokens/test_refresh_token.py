"""Refresh tokens: the MAC covers every field, and a successor depends on all values it is derived from."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer import decode_token, errors, issue_session, refresh_session
from django_bearer.errors import MalformedToken
from django_bearer.keys.keyring import RefreshKeys
from django_bearer.models import Session
from django_bearer.primitives.encoding import base64url_decode, base64url_encode
from django_bearer.tokens.opaque_format import assemble, body_of
from django_bearer.tokens.refresh_token import BODY_LENGTH, MAX_LENGTH, VERSION, RefreshToken, TokenDelivery, read

KEYS, OTHER = RefreshKeys.from_master(b"m" * 32), RefreshKeys.from_master(b"o" * 32)
SALT = b"s" * 32
TOKEN = RefreshToken(KEYS.key_id, uuid.UUID(int=7), 5, TokenDelivery.BODY, b"t" * 32)
tokens = st.builds(
    RefreshToken,
    st.binary(min_size=8, max_size=8),
    st.uuids(),
    st.integers(0, 2**48 - 1),
    st.sampled_from(TokenDelivery),
    st.binary(min_size=32, max_size=32),
)
WIDTHS = {"version": 1, "key_id": 8, "session": 16, "generation": 6, "kind": 1, "secret": 32, "mac": 32}


@given(tokens)
def test_round_trip(token: RefreshToken) -> None:
    text = token.encode(KEYS)
    presented = read(text)
    assert presented.token == token
    assert presented.is_issued_by(KEYS)
    assert not presented.is_issued_by(OTHER)
    assert len(text) == len("djb_rt_") + BODY_LENGTH + 6 <= MAX_LENGTH


@given(tokens, st.data())
def test_any_flipped_character_is_refused_before_any_key_is_asked(token: RefreshToken, data: Any) -> None:
    text = token.encode(KEYS)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(max_codepoint=300).filter(lambda character: character != text[at]))
    with pytest.raises(MalformedToken):
        read(text[:at] + other + text[at + 1 :])


@given(tokens, st.integers(0, 96 * 8 - 1))
def test_any_flipped_bit_under_a_right_checksum_breaks_the_mac(token: RefreshToken, bit: int) -> None:
    """OB-04: the checksum is public, so only the MAC stands here."""
    raw = bytearray(base64url_decode(body_of(token.encode(KEYS), "rt", BODY_LENGTH)))
    raw[bit // 8] ^= 1 << bit % 8
    try:
        assert not read(assemble("rt", base64url_encode(bytes(raw)))).is_issued_by(KEYS)
    except MalformedToken:
        assert bit // 8 in (0, 31)  # the version and the kind are known numbers


@pytest.mark.parametrize("field", WIDTHS)
def test_mac_covers_every_field(field: str) -> None:
    raw = bytearray(base64url_decode(body_of(TOKEN.encode(KEYS), "rt", BODY_LENGTH)))
    names = list(WIDTHS)
    at = sum(WIDTHS[name] for name in names[: names.index(field)])
    assert len(raw) == sum(WIDTHS.values())
    raw[at] ^= 3
    try:
        assert not read(assemble("rt", base64url_encode(bytes(raw)))).is_issued_by(KEYS)
    except MalformedToken:
        assert field in ("version", "kind")


@pytest.mark.parametrize("version", [0, VERSION + 1, 255])
def test_unknown_version_is_refused(version: int) -> None:
    raw = bytearray(base64url_decode(body_of(TOKEN.encode(KEYS), "rt", BODY_LENGTH)))
    raw[0] = version
    with pytest.raises(MalformedToken):
        read(assemble("rt", base64url_encode(bytes(raw))))


@pytest.mark.parametrize("text", ["", "djb_rt_", "djb_rt_" + "A" * 134, "djb_at_" + "A" * 134, "A" * 257, "é" * 141])
def test_noise_is_malformed(text: str) -> None:
    with pytest.raises(MalformedToken):
        read(text)


@given(tokens, st.binary(min_size=32, max_size=32))
def test_successor_is_always_the_same_one(token: RefreshToken, salt: bytes) -> None:
    successor = token.successor(KEYS, salt)
    assert successor == token.successor(KEYS, salt)
    assert (successor.session_id, successor.delivery) == (token.session_id, token.delivery)
    assert (successor.generation, successor.key_id) == (token.generation + 1, KEYS.key_id)


@pytest.mark.parametrize(
    "other",
    [
        replace(TOKEN, session_id=uuid.UUID(int=8)).successor(KEYS, SALT),
        replace(TOKEN, generation=6).successor(KEYS, SALT),
        replace(TOKEN, secret=b"u" * 32).successor(KEYS, SALT),
        TOKEN.successor(KEYS, b"x" * 32),
        TOKEN.successor(OTHER, SALT),
        TOKEN.successor(replace(KEYS, derivation=b"d" * 32), SALT),
    ],
    ids=["session", "generation", "parent secret", "salt", "key", "derivation key"],
)
def test_successor_depends_on_every_input(other: RefreshToken) -> None:
    assert other.secret != TOKEN.successor(KEYS, SALT).secret


def test_successor_does_not_depend_on_the_mac_key() -> None:
    """The keys are separate: the key that verifies a token does not derive its successor."""
    assert TOKEN.successor(replace(KEYS, mac=b"x" * 32), SALT).secret == TOKEN.successor(KEYS, SALT).secret
    assert TOKEN.encode(replace(KEYS, derivation=b"x" * 32)) == TOKEN.encode(KEYS)


def test_digest_is_sha_256_of_the_secret_alone() -> None:
    assert TOKEN.digest() == hashlib.sha256(b"t" * 32).digest()


def test_reader_of_the_row_cannot_make_the_child(ann: Any) -> None:
    """OB-11: nothing in the row is the secret, nor derives it."""
    issued = issue_session(ann)
    first = read(str(issued.refresh_token)).token
    second = read(str(refresh_session(str(issued.refresh_token)).refresh_token)).token
    row = Session.objects.get()
    stored = [bytes(value) for value in vars(row).values() if isinstance(value, bytes | memoryview)]
    assert bytes(row.current_digest) == second.digest()
    assert not {first.secret, second.secret} & set(stored)


@pytest.mark.parametrize("at", [*range(0, 141, 10), 140])
def test_flipped_refresh_token_is_refused_by_the_function_and_changes_nothing(at: int, ann: Any) -> None:
    issued = issue_session(ann)
    text = str(issued.refresh_token)
    with pytest.raises(errors.SessionEnded):
        refresh_session(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
    assert decode_token(issued.access_token)
    assert refresh_session(text).refresh_token
