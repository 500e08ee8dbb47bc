"""What a process knows by the feed: until when, and what it then asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.database.feed_state import HORIZON, JUMP, FeedState, Fresh, name_of
from django_bearer.primitives import clock

SECOND = 1_000_000


def known(started: float = 100.0) -> FeedState:
    state = FeedState(1.0)
    state.complete(Fresh(started, int(started * SECOND)))
    return state


@pytest.mark.parametrize(("at", "good"), [(100.0, True), (101.0, True), (101.1, False), (99.9, False), (9e9, False)])
def test_the_bound_counts_from_the_start_of_the_poll(at: float, good: bool) -> None:
    assert (known().reliable(at) is not None) is good


def test_nothing_is_known_before_the_first_poll() -> None:
    assert FeedState(1.0).reliable(0.0) is None


@pytest.mark.parametrize("by", [JUMP + 1, -JUMP - 1])
def test_a_jump_of_the_databases_clock_makes_everybody_ask(by: float) -> None:
    state = known()
    state.complete(Fresh(101.0, int((101 + by) * SECOND)))
    assert state.concerns((1,), 101.0)
    assert state.concerns((1,), 101.0 + HORIZON - 1)
    assert not state.concerns((1,), 101.0 + HORIZON)


def test_a_kind_of_a_later_release_concerns_everybody() -> None:
    state = known()
    state.add("device", "x", 100.0)
    assert state.concerns((1,), 100.0)


@given(st.lists(st.tuples(st.floats(0, HORIZON), st.integers(0, 30)), max_size=40))
def test_an_entry_is_known_for_the_whole_horizon(steps: list[tuple[float, int]]) -> None:
    """Whatever the pauses between entries are."""
    state, at = known(), 100.0
    added: dict[int, float] = {}
    for pause, number in steps:
        at += pause
        state.add("session", str(number), at)
        added[number] = at
        for each, when in added.items():
            assert at - when >= HORIZON or state.concerns((name_of("session", str(each)),), at)


@given(st.uuids())
def test_a_uuid_has_one_name_however_it_is_written(value: object) -> None:
    text = str(value)
    assert name_of("session", text) == name_of("session", text.replace("-", "").upper())


def test_the_clock_goes_on_whatever_is_frozen() -> None:
    assert clock.counts_suspend
    with clock.frozen():
        first = clock.through_suspend()
        assert clock.through_suspend() >= first


PROGRAM = """
import resource
from django_bearer.database.feed_state import FeedState
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
state = FeedState(1.0)
for number in range(1_000_000):
    state.add("session", f"{number:032x}", 0.0)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def test_a_million_entries_fit_into_a_hundred_megabytes() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100 * 1024 * 1024
