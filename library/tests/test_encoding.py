"""Encoding: one spelling for everything, and no other is read."""

from __future__ import annotations

import base64
import contextlib
import json
import string
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.errors import MalformedToken
from django_bearer.primitives.encoding import (
    BASE62,
    MAX_BRACKETS,
    base64url_decode,
    base64url_encode,
    checksum,
    compact_json,
    fields,
    strict_json,
)

ALPHABET = string.ascii_letters + string.digits + "-_"


@given(st.binary(max_size=200))
def test_base64url_round_trip(raw: bytes) -> None:
    text = base64url_encode(raw)
    assert set(text) <= set(ALPHABET)
    assert base64url_decode(text) == raw


@given(st.text(ALPHABET, max_size=40))
def test_base64url_has_one_spelling(text: str) -> None:
    """JB-18: what is read at all is exactly what would be written."""
    try:
        raw = base64url_decode(text)
    except MalformedToken:
        padded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""
        assert base64.urlsafe_b64encode(padded).rstrip(b"=").decode() != text
    else:
        assert base64url_encode(raw) == text


@given(st.binary(min_size=1, max_size=40))
def test_stray_bits_in_the_last_character_are_refused(raw: bytes) -> None:
    """JB-21: one signature must not have two spellings."""
    text = base64url_encode(raw)
    spelled = []
    for last in ALPHABET:
        with contextlib.suppress(MalformedToken):
            if base64url_decode(text[:-1] + last) == raw:
                spelled.append(last)
    assert spelled == [text[-1]]


@pytest.mark.parametrize(
    "text",
    ["QQ==", "QQ=", "Q Q", "QUI\n", " QUI", "QU+A", "QU/A", "QUIé", "A", "AAAAA", "QR", "QUJ", "\x00"],
)
def test_other_spellings_of_base64_are_refused(text: str) -> None:
    """JB-18."""
    with pytest.raises(MalformedToken):
        base64url_decode(text)


@given(st.text(ALPHABET, max_size=80))
def test_checksum_is_crc_32_in_six_base62_digits(text: str) -> None:
    found = checksum(text)
    number = 0
    for digit in found:
        number = number * 62 + BASE62.index(digit)
    assert len(found) == 6
    assert number == zlib.crc32(text.encode())


@given(st.text(ALPHABET, min_size=1, max_size=150), st.data())
def test_checksum_sees_every_changed_character(text: str, data: Any) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda character: character != text[at]))
    assert checksum(text[:at] + other + text[at + 1 :]) != checksum(text)


finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_json_round_trip(members: dict[str, Any]) -> None:
    assert strict_json(compact_json(members)) == members


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"null", b"1", b'"x"', b"[]", b"[{}]", b"{", b"{}{}", b"{} x", b"{'a':1}", b'{"a":1,}', b"{a:1}"),
        *(b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'{"\\u0061":1,"a":2}', b'{"a":NaN}', b'{"a":-Infinity}'),
        *(b'{"a":Infinity}', b'{"a":1e999}', b'{"a":-1e999}', b'{"a":"\xff"}', b"\xef\xbb\xbf{}", b'{"a":"\x01"}'),
        *(b'{"a":"\\ud800"}', b'{"\\udfff":1}', b'{"a":["\\ud83d"]}', b'{"a":' + b"9" * 5000 + b"}"),
        *('{"a":1}'.encode("utf-16"), '{"a":1}'.encode("utf-32"), b"/**/{}"),
    ],
)
def test_json_that_is_not_strict_is_refused(raw: bytes) -> None:
    """JB-09."""
    with pytest.raises(MalformedToken):
        strict_json(raw)


@given(st.binary(max_size=100) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_strict_json_raises_nothing_else(raw: bytes) -> None:
    with contextlib.suppress(MalformedToken):
        assert isinstance(strict_json(raw), dict)


def test_whole_surrogate_pairs_are_characters() -> None:
    assert strict_json(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


@pytest.mark.parametrize(("depth", "fits"), [(MAX_BRACKETS - 1, True), (MAX_BRACKETS, False), (100_000, False)])
def test_nesting_is_bounded_before_parsing(depth: int, fits: bool) -> None:
    raw = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    if fits:
        assert json.loads(raw) == strict_json(raw)
    else:
        with pytest.raises(MalformedToken, match="deep or too wide"):
            strict_json(raw)


def test_a_record_comes_apart_at_its_widths() -> None:
    assert fields(b"abcdef", (1, 2, 3)) == [b"a", b"bc", b"def"]
    assert fields(b"ab", (1, 4)) == [b"a", b"b"]
