"""The clock: whole microseconds, and every clock of the process moves together."""

from __future__ import annotations

import time

from django_bearer.primitives import clock
from django_bearer.primitives.clock import SECOND


def test_now_is_this_machines_time_in_microseconds() -> None:
    before = time.time_ns() // 1000
    found = clock.now()
    assert before <= found <= time.time_ns() // 1000
    assert isinstance(found, int)


def test_frozen_clock_stands_still_and_hides_the_databases_time() -> None:
    with clock.frozen(5 * SECOND + 999_999):
        assert clock.now() == clock.seen(123) == 5 * SECOND + 999_999
        assert clock.seconds() == 5
    assert clock.now() > 10**15


def test_frozen_clock_moves_by_fractions_of_a_second() -> None:
    with clock.frozen(0):
        clock.advance(0.000_001)
        clock.advance(1.5)
        clock.advance(-0.5)
        assert clock.now() == SECOND + 1


def test_frozen_clocks_nest_and_come_back_after_an_error() -> None:
    with clock.frozen(10):
        try:
            with clock.frozen(20):
                assert clock.now() == 20
                raise ValueError
        except ValueError:
            pass
        assert clock.now() == 10


def test_running_clock_is_shifted_and_reset() -> None:
    clock.advance(3600)
    assert clock.seen(0) == 3600 * SECOND
    assert clock.now() > time.time_ns() // 1000 + 3599 * SECOND
    clock.reset()
    assert clock.seen(0) == 0


def test_frozen_without_a_time_is_now() -> None:
    with clock.frozen():
        assert abs(clock.now() - time.time_ns() // 1000) < 5 * SECOND


def test_monotonic_does_not_follow_the_frozen_clock() -> None:
    before = clock.monotonic()
    with clock.frozen(0):
        clock.advance(-10)
        assert clock.monotonic() >= before


def test_iso_is_to_the_microsecond_and_in_utc() -> None:
    assert clock.iso(0) == "1970-01-01T00:00:00.000000Z"
    assert clock.iso(1_700_000_000_000_001) == "2023-11-14T22:13:20.000001Z"
