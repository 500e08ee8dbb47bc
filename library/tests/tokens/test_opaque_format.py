"""Opaque tokens: prefix, body and checksum, and nothing that nearly fits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.errors import MalformedToken
from django_bearer.primitives.encoding import BASE62
from django_bearer.tokens.opaque_format import assemble, body_of, pattern

ALPHABET = BASE62 + "-_"
bodies = st.text(ALPHABET, min_size=20, max_size=20)


@given(bodies)
def test_round_trip(body: str) -> None:
    token = assemble("rt", body)
    assert token.startswith("djb_rt_")
    assert body_of(token, "rt", 20) == body
    assert pattern("rt", 20).fullmatch(token)


@given(bodies, st.data())
def test_any_changed_character_is_refused(body: str, data: Any) -> None:
    token = assemble("rt", body)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(max_codepoint=300).filter(lambda character: character != token[at]))
    with pytest.raises(MalformedToken):
        body_of(token[:at] + other + token[at + 1 :], "rt", 20)


@pytest.mark.parametrize(("kind", "length"), [("at", 20), ("rt", 19), ("rt", 21), ("", 20), ("r", 20)])
def test_other_kinds_and_lengths_are_refused(kind: str, length: int) -> None:
    """JB-16."""
    with pytest.raises(MalformedToken):
        body_of(assemble("rt", "A" * 20), kind, length)


@pytest.mark.parametrize("spoil", ["{} ", " {}", "{}\n", "\n{}", "{}\x00", "{}="])
def test_nothing_may_stand_around_it(spoil: str) -> None:
    with pytest.raises(MalformedToken):
        body_of(spoil.format(assemble("rt", "A" * 20)), "rt", 20)
