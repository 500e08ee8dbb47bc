"""A cache that is bounded by bytes: what it says it takes is never less than what it takes."""

from __future__ import annotations

import copy
import gc
import tracemalloc
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_bearer.primitives.sized_cache import SizedCache, size_of
from django_bearer.sessions import verification
from django_bearer.sessions.verification import Verified
from django_bearer.tokens.access_claims import AccessClaims
from tests.examples import examples

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40)
custom = st.dictionaries(
    st.text(max_size=20),
    st.recursive(
        scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=10), inner), max_leaves=20
    ),
    max_size=8,
)


def entry(number: int, more: Any) -> tuple[tuple[str, str, str, bytes], Verified]:
    """A token's entry, every part of it an object of its own."""
    text = str(number)
    claims = AccessClaims(
        iss="https://api.example.com/" + text,
        aud="https://api.example.com/a/" + text,
        sub=text,
        exp=number + 2**40,
        iat=number + 2**41,
        jti=text * 3,
        sid=uuid.UUID(int=number + 2**90),
        client_id="first-party-" + text,
        scope=frozenset({f"notes:read{number}", f"notes:write{number}"}),
        auth_time=number + 2**42,
        epochs=(number + 1000, number + 2000),
        amr=("pwd" + text,),
        custom=more,
    )
    digest = number.to_bytes(32)
    return ("default", "", claims.iss + "/", digest), Verified(
        claims, text * 8, (digest + b"1", digest + b"2", digest)
    )


def taken(entries: int, more: Any) -> tuple[int, int]:
    """The bytes that a cache of so many entries says it takes, and those that Python has allocated for it."""
    gc.collect()
    gc.freeze()  # what other tests have left is not looked through at each collection, then or later
    tracemalloc.start()
    try:
        cache: SizedCache[Any, Any] = SizedCache(2**30)
        before = tracemalloc.get_traced_memory()[0]
        for number in range(entries):
            cache.put(*entry(number, more(number)))
        gc.collect()
        return cache.size, tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_what_it_says_is_no_less_than_what_it_takes() -> None:
    said, real = taken(600, lambda number: {"roles": [f"role {number} {each}" for each in range(10)], "n": {}})
    assert real <= said < 2 * real


@given(custom)
@settings(max_examples=examples(5, 50))
def test_whatever_a_token_holds_it_is_counted(more: dict[str, Any]) -> None:
    said, real = taken(40, lambda number: copy.deepcopy(more))
    assert real <= said


@given(st.lists(st.tuples(st.integers(0, 30), custom), max_size=15), st.integers(1_000, 25_000))
@settings(max_examples=examples(12, 200))
def test_it_never_holds_more_than_it_may(puts: list[tuple[int, dict[str, Any]]], most: int) -> None:
    cache: SizedCache[Any, Any] = SizedCache(most)
    for number, more in puts:
        key, value = entry(number, more)
        cache.put(key, value)
        held = [(name, found) for name, (found, _) in cache._entries.items()]
        assert cache.size <= most
        assert sum(size_of(name) + size_of(found) for name, found in held) <= cache.size
        assert cache.get(key) in (value, None)
    cache.clear()
    assert (len(cache), cache.size) == (0, 0)


@pytest.mark.hard
def test_200_000_tokens_stay_under_the_bound_of_a_process() -> None:
    cache: SizedCache[Any, Any] = SizedCache(verification.CACHE_BYTES)
    value = bytes(size_of(entry(1, {"roles": ["a", "b"]})[1]))
    for number in range(200_000):
        cache.put(("default", "", "https://api.example.com", number.to_bytes(32)), value)
    assert cache.size <= cache.most
    assert 3_000 < len(cache) < 10_000
    assert cache.get(("default", "", "https://api.example.com", (199_999).to_bytes(32))) is value


def test_what_is_too_large_alone_is_not_kept_and_pushes_nothing_out() -> None:
    cache: SizedCache[str, str] = SizedCache(2_000)
    cache.put("a", "x")
    cache.put("b", "x" * 3_000)
    assert (cache.get("a"), cache.get("b")) == ("x", None)


def test_a_value_that_is_put_again_is_counted_once() -> None:
    cache: SizedCache[str, str] = SizedCache(10_000)
    for _ in range(5):
        cache.put("a", "x")
    size = cache.size
    cache.put("a", "x")
    assert (len(cache), cache.size) == (1, size)
