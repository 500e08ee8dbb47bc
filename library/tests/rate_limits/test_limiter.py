"""Counting: sliding windows, counted once for all processes, in a bounded number of rows (RL-03, RL-07)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.database import rate_limit_counters
from django_bearer.database.limits_storage import DatabaseStorage
from django_bearer.database.rate_limit_counters import Window, level
from django_bearer.models import RateLimitCounter
from django_bearer.primitives import clock
from django_bearer.rate_limits import limiter, rules

HOUR = 3600
START = 1_800_000_000 * clock.SECOND // (HOUR * clock.SECOND) * HOUR * clock.SECOND


@pytest.fixture(autouse=True)
def at_the_start_of_an_hour(db: Any) -> Any:
    with clock.frozen(START):
        yield


def admitted(bucket: rules.Bucket, attempts: int) -> int:
    return sum(limiter.admit([bucket]) == 0 for _ in range(attempts))


def test_exactly_the_limit_is_let_through() -> None:
    assert admitted(rules.bucket("b", "10/hour", "x"), 25) == 10


def test_several_windows_all_apply() -> None:
    bucket = rules.bucket("b", "100/day;10/hour", "x")
    passed = []
    for _ in range(12):
        passed.append(admitted(bucket, 12))
        clock.advance(HOUR)
    assert passed[0] == 10
    assert sum(passed) <= 100


def test_a_window_slides_and_has_no_edge_to_wait_for() -> None:
    bucket = rules.bucket("b", "10/hour", "x")
    clock.advance(HOUR - 1)
    assert admitted(bucket, 20) == 10
    clock.advance(2)
    assert admitted(bucket, 20) == 0
    clock.advance(HOUR / 2)
    assert 4 <= admitted(bucket, 20) <= 5


def test_over_the_limit_means_read_and_no_write(django_assert_num_queries: Any) -> None:
    bucket = rules.bucket("b", "10/hour", "x")
    admitted(bucket, 10)
    with django_assert_num_queries(1):
        assert limiter.admit([bucket]) > 0
    assert RateLimitCounter.objects.get().count == 10


def test_a_full_source_leaves_the_account_uncounted() -> None:
    source, account = rules.bucket("s", "1/hour", "x"), rules.bucket("a", "5/hour", "y")
    assert limiter.admit([source, account]) == 0
    assert limiter.admit([source, account]) > 0
    assert admitted(account, 10) == 4


@given(used=st.integers(1, 30), later=st.floats(0, HOUR * 1.9), limit=st.integers(1, 20))
def test_the_wait_that_is_named_suffices(used: int, later: float, limit: int) -> None:
    window = Window("k", limit, HOUR)
    row = (START // (HOUR * clock.SECOND), used, 0)
    timestamp = START + round(later * clock.SECOND)
    wait = level(window, row, timestamp).wait
    if wait:
        assert level(window, row, timestamp + wait * clock.SECOND).wait == 0


def test_forgiving_takes_back_ones_own_attempts_and_no_namesakes() -> None:
    shared = rules.bucket("s", "5/hour", "x")
    mine, other = rules.bucket("b", "5/hour", "x"), rules.bucket("b", "5/hour", "y")
    assert [limiter.admit([shared, mine]) for _ in range(3)] == [0] * 3
    assert limiter.admit([shared, other]) == 0
    limiter.forgive(rules.LoginBuckets((), (mine,), (shared,)))
    assert (admitted(mine, 9), admitted(shared, 9)) == (5, 4)


def test_rows_are_bounded_whoever_attacks(monkeypatch: Any) -> None:
    monkeypatch.setattr(rate_limit_counters, "ROW_SPACE", 16)
    for number in range(100):
        limiter.admit([rules.bucket("b", "1000/hour", str(number))])
    assert RateLimitCounter.objects.count() <= 16


def test_a_clock_that_lags_does_not_begin_a_window_anew() -> None:
    bucket = rules.bucket("b", "3/hour", "x")
    admitted(bucket, 3)
    clock.advance(-HOUR)
    assert admitted(bucket, 3) == 0


def test_limits_own_strategy_works_over_our_storage() -> None:
    from limits import parse
    from limits.strategies import SlidingWindowCounterRateLimiter

    limit = SlidingWindowCounterRateLimiter(DatabaseStorage())
    item = parse("3/hour")
    assert [limit.hit(item, "x") for _ in range(5)] == [True] * 3 + [False] * 2
    assert limit.get_window_stats(item, "x").remaining == 0
    limit.clear(item, "x")
    assert limit.hit(item, "x")


def test_drf_throttle_takes_several_rates(rf: Any) -> None:
    from rest_framework.response import Response
    from rest_framework.views import APIView

    from django_bearer.integrations.drf import TokenAnonRateThrottle

    class Burst(TokenAnonRateThrottle):
        rate = "100/day;3/hour"

    class View(APIView):
        authentication_classes = ()
        throttle_classes = (Burst,)

        def get(self, request: Any) -> Response:
            return Response()

    answers = [View.as_view()(rf.get("/")) for _ in range(5)]
    assert [found.status_code for found in answers] == [200] * 3 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0
