"""API tokens as text: what is not letter for letter one of ours is told from it without asking anybody (OB-11)."""

from __future__ import annotations

import re
import uuid
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.errors import MalformedToken
from django_bearer.primitives.encoding import base64url_encode
from django_bearer.tokens.api_token import BODY_LENGTH, KIND, MAX_LENGTH, VERSION, ApiSecret, is_one, read
from django_bearer.tokens.opaque_format import assemble

secrets = st.builds(ApiSecret, st.uuids(), st.binary(min_size=32, max_size=32))
ONE = ApiSecret(uuid.UUID(int=7), b"s" * 32)
DOCUMENTED = Path(__file__).parents[3] / "docs" / "reference" / "tokens.md"


@given(secrets)
def test_round_trip(made: ApiSecret) -> None:
    assert read(made.encode()) == made
    assert is_one(made.encode())


@given(secrets, st.data())
def test_one_other_character_is_noise(made: ApiSecret, data: st.DataObject) -> None:
    text = made.encode()
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != text[at]))
    with pytest.raises(MalformedToken):
        read(text[:at] + other + text[at + 1 :])


@given(st.text(max_size=MAX_LENGTH * 2))
def test_noise_is_noise(text: str) -> None:
    with pytest.raises(MalformedToken):
        read(text)


@pytest.mark.parametrize(
    "raw",
    [
        bytes([VERSION]) + bytes(47),
        bytes([VERSION]) + bytes(49),
        bytes([VERSION + 1]) + bytes(48),
        bytes([0]) + bytes(48),
    ],
)
def test_another_length_or_version_is_noise_under_a_right_checksum(raw: bytes) -> None:
    with pytest.raises(MalformedToken):
        read(assemble(KIND, base64url_encode(raw)))


@pytest.mark.parametrize("kind", ["rt", "dv", "cs", "AT", ""])
def test_another_kind_is_noise_under_a_right_checksum(kind: str) -> None:
    body = base64url_encode(bytes([VERSION]) + bytes(48))
    assert len(body) == BODY_LENGTH
    with pytest.raises(MalformedToken):
        read(assemble(kind, body))


@given(secrets)
def test_scanners_find_it_by_what_is_documented(made: ApiSecret) -> None:
    """The pattern and the checksum as the page has them, by nothing of ours."""
    [pattern] = re.findall(r"`(djb_at_\[.*\})`", DOCUMENTED.read_text())
    text = made.encode()
    assert re.fullmatch(pattern, text)
    number = zlib.crc32(text[:-6].encode())
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    assert text[-6:] == "".join(digits[number // 62**place % 62] for place in reversed(range(6)))


def test_neither_secret_nor_token_is_in_its_repr() -> None:
    assert "ssss" not in repr(ONE)
    assert ONE.encode() not in repr(ONE)
