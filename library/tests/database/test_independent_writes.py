"""Counting inside a caller's transaction: at once, exact, seen by everybody, and never waiting for the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest
from django.db import connections, transaction

from django_bearer import conf
from django_bearer.database import (
    aliases,
    durable_writes,
    extra_connections,
    independent_writes,
    rate_limit_corrections,
    rate_limit_counters,
)
from django_bearer.database.rate_limit_counters import Window
from django_bearer.errors import RateLimitUnavailable
from django_bearer.models import RateLimitCounter
from tests import databases
from tests.long_waits import long_waits
from tools.support.timeouts import HANG

LIMIT = 5
WINDOW = Window("guess", LIMIT, 3600)
THREADS = 12
SERVERS = databases.EVERY[1:]


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    with databases.use(request.param):
        yield request.param


def admitted(window: Window = WINDOW) -> bool:
    return rate_limit_counters.hit([window])[0].wait == 0


def in_threads(attempt: Callable[[], bool], size: int = THREADS) -> int:
    """How many of so many threads are admitted."""

    def one(_: int) -> bool:
        try:
            return attempt()
        finally:
            connections.close_all()

    with long_waits(), ThreadPoolExecutor(size) as pool:
        return sum(pool.map(one, range(size)))


def test_transactions_at_once_admit_exactly_the_limit(server: str) -> None:
    all_in, all_out = Barrier(THREADS), Barrier(THREADS)

    def attempt() -> bool:
        with transaction.atomic(using=server):
            all_in.wait(HANG)
            found = admitted()
            all_out.wait(HANG)  # nobody has committed before everybody has counted
            return found

    assert in_threads(attempt) == LIMIT


def test_an_attempt_is_counted_though_the_caller_rolls_back(server: str) -> None:
    def attempt() -> bool:
        found = False
        with suppress(ValueError), transaction.atomic(using=server):
            found = admitted()
            raise ValueError
        return found

    assert [attempt() for _ in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2


def test_a_snapshot_of_the_caller_does_not_decide(server: str) -> None:
    """At REPEATABLE READ a transaction sees no count that was made since it began."""
    connection = connections[server]
    with transaction.atomic(using=server):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_bearer_ratelimitcounter")
        with ThreadPoolExecutor(1) as another:
            assert another.submit(lambda: in_threads(admitted, LIMIT)).result() == LIMIT
        assert not admitted()


@pytest.mark.parametrize("server", SERVERS[-1:], indirect=True)
def test_a_snapshot_of_mariadb_does_not_decide_either(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connections[server].close()
    options = {**connections[server].settings_dict["OPTIONS"], "isolation_level": "repeatable read"}
    monkeypatch.setitem(connections[server].settings_dict, "OPTIONS", options)
    try:
        test_a_snapshot_of_the_caller_does_not_decide(server)
    finally:
        connections[server].close()


def test_several_counts_of_one_transaction_see_one_another(server: str) -> None:
    with transaction.atomic(using=server):
        assert [admitted() for _ in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2


def test_what_is_forgiven_in_a_transaction_is_forgiven_at_once(server: str) -> None:
    mine, shared = Window("mine", LIMIT, 3600), Window("shared", LIMIT, 3600)
    with transaction.atomic(using=server):
        assert all(level.wait == 0 for level in rate_limit_counters.hit([mine, shared]))
        rate_limit_counters.hit([shared])
        rate_limit_corrections.take_back([mine], [shared])
        transaction.set_rollback(True, using=server)
    assert sorted(RateLimitCounter.objects.using(server).values_list("count", flat=True)) == [0, 1]


def test_rows_that_the_caller_has_locked_are_waited_for_briefly(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(independent_writes, "LOCK_WAIT", 1)
    admitted()
    with transaction.atomic(using=server):
        list(RateLimitCounter.objects.using(server).select_for_update())
        with pytest.raises(RateLimitUnavailable, match="locked"):
            admitted()
    assert [admitted() for _ in range(LIMIT)] == [True] * (LIMIT - 1) + [False]


def test_an_empty_pool_is_waited_for_briefly(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra_connections, "WAIT", 0.01)
    monkeypatch.setattr(extra_connections, "SIZE", 1)
    monkeypatch.setattr(extra_connections, "_pools", {})
    with transaction.atomic(using=server):
        with extra_connections.borrow(connections[server]), pytest.raises(RateLimitUnavailable, match="in use"):
            admitted()
        assert admitted()


def test_autocommit_off_is_a_transaction_too(server: str) -> None:
    connection = connections[server]
    connection.set_autocommit(False)
    try:
        assert admitted()
        connection.rollback()
    finally:
        connection.set_autocommit(True)
    assert RateLimitCounter.objects.using(server).get().count == 1


def test_a_server_that_refuses_connections_is_no_fault_of_the_caller(
    server: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction.atomic(using=server):
        aliases.connection(server).ensure_connection()
        nowhere = {"HOST": "127.0.0.1", "PORT": "1", "OPTIONS": {}}
        for name, value in nowhere.items():
            monkeypatch.setitem(connections[server].settings_dict, name, value)
        with pytest.raises(RateLimitUnavailable) as refused:
            admitted()
    assert (refused.value.status, refused.value.retry_after) == (503, 1)
    assert "extra connection" in caplog.text


def test_a_transaction_that_has_failed_is_told_apart(server: str) -> None:
    with transaction.atomic(using=server):
        transaction.set_rollback(True, using=server)
        with pytest.raises(RateLimitUnavailable, match="leave the atomic block"):
            admitted()


@pytest.mark.parametrize("server", SERVERS[:1], indirect=True)
def test_it_is_counted_in_the_schema_of_the_caller(server: str) -> None:
    connection = connections[server]
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA tenant")
        cursor.execute(
            "CREATE TABLE tenant.django_bearer_ratelimitcounter (LIKE django_bearer_ratelimitcounter INCLUDING ALL)"
        )
        try:
            with transaction.atomic(using=server):
                cursor.execute("SET search_path = tenant")
                assert [admitted() for _ in range(LIMIT + 1)] == [True] * LIMIT + [False]
                cursor.execute("SET search_path = public")
                assert admitted()
            cursor.execute(
                "SELECT (SELECT sum(count) FROM tenant.django_bearer_ratelimitcounter), sum(count)"
                " FROM public.django_bearer_ratelimitcounter"
            )
            assert cursor.fetchone() == (LIMIT, 1)
        finally:
            cursor.execute("RESET search_path")
            cursor.execute("DROP SCHEMA tenant CASCADE")


@pytest.mark.parametrize("server", SERVERS[:1], indirect=True)
def test_a_statement_that_a_pooler_keeps_waiting_is_cut_off(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(independent_writes, "LOCK_WAIT", 60)
    monkeypatch.setattr(independent_writes, "DEADLINE", 0.2)
    with transaction.atomic(using=server), pytest.raises(RateLimitUnavailable):
        independent_writes.write_independently(lambda cursor: cursor.execute("SELECT pg_sleep(50)"))
    with connections[server].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchall() == [(True,)]


@pytest.mark.django_db(transaction=True)
def test_sqlite_refuses_and_says_what_to_do() -> None:
    with transaction.atomic(), pytest.raises(RateLimitUnavailable) as refused:
        admitted()
    for way_out in ("before the atomic block", "non_atomic_requests", "RATE_LIMIT_STORAGE", "PostgreSQL"):
        assert way_out in str(refused.value)
    assert not RateLimitCounter.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rolled_back", [False, True])
def test_a_developer_on_sqlite_is_not_kept_out(rolled_back: bool, settings: Any) -> None:
    settings.DEBUG = True

    def attempt() -> bool:
        with durable_writes.request_scope(), transaction.atomic():
            found = admitted()
            transaction.set_rollback(rolled_back)
        return found

    assert [attempt() for _ in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2


def test_a_test_transaction_is_counted_in_place(db: None) -> None:
    with durable_writes.request_scope(), transaction.atomic():
        assert [admitted() for _ in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2
    assert RateLimitCounter.objects.get().count == LIMIT


def test_a_test_counts_what_its_view_rolled_back(db: None) -> None:
    def refused() -> bool:
        with durable_writes.request_scope(), suppress(ValueError), transaction.atomic():
            found = admitted()
            raise ValueError
        return found

    assert [refused() for _ in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2


@pytest.mark.parametrize("rolled_back", [False, True])
def test_a_test_forgives_as_a_server_does(rolled_back: bool, db: None) -> None:
    mine, shared = Window("mine", LIMIT, 3600), Window("shared", LIMIT, 3600)
    rate_limit_counters.hit([shared])
    with durable_writes.request_scope(), transaction.atomic():
        rate_limit_counters.hit([mine, shared])
        rate_limit_corrections.take_back([mine], [shared])
        transaction.set_rollback(rolled_back)
    assert sorted(RateLimitCounter.objects.values_list("count", flat=True)) == [0, 1]


@pytest.mark.parametrize("rolled_back", [False, True])
def test_a_test_takes_one_attempt_back_as_a_server_does(rolled_back: bool, db: None) -> None:
    rate_limit_counters.hit([WINDOW])
    with durable_writes.request_scope(), transaction.atomic():
        rate_limit_counters.hit([WINDOW])
        rate_limit_counters.hit([WINDOW])
        rate_limit_corrections.uncount([WINDOW])
        transaction.set_rollback(rolled_back)
    assert RateLimitCounter.objects.get().count == 2


def test_nothing_is_a_test_transaction_outside_of_tests(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert aliases.in_test_transaction("default")
    monkeypatch.setattr(conf, "under_test_runner", lambda: False)
    assert not aliases.in_test_transaction("default")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[Any, extra_connections.Pool]]:
    """Connections are kept as outside of tests, and closed at the end."""
    pools: dict[Any, extra_connections.Pool] = {}
    monkeypatch.setattr(conf, "under_test_runner", lambda: False)
    monkeypatch.setattr(extra_connections, "_pools", pools)
    yield pools
    for pool in pools.values():
        for connection in pool._idle:
            connection.close()


def idle(pools: dict[Any, extra_connections.Pool]) -> int:
    return sum(len(pool._idle) for pool in pools.values())


@pytest.mark.parametrize(("age", "left"), [(0, 0), (60, 1)])
def test_a_connection_is_kept_for_a_request_and_closed_as_django_closes_its_own(
    age: int, left: int, server: str, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections[server].settings_dict, "CONN_MAX_AGE", age)
    with durable_writes.request_scope(), transaction.atomic(using=server):
        admitted()
        admitted()
        assert idle(kept) == 1
    extra_connections.close_old()
    assert idle(kept) == left
    with transaction.atomic(using=server):
        admitted()
    assert idle(kept) == left  # outside of a request, too


def test_a_connection_that_the_server_has_ended_is_not_used_again(
    server: str, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections[server].settings_dict, "CONN_MAX_AGE", 60)
    with transaction.atomic(using=server):
        admitted()
    [pool] = kept.values()
    with pool._idle[0].cursor() as cursor:
        cursor.execute(
            "SELECT pg_backend_pid()" if connections[server].vendor == "postgresql" else "SELECT connection_id()"
        )
        [number] = cursor.fetchone()
    pool._idle[0].close_if_unusable_or_obsolete()  # as between two requests
    with connections[server].cursor() as cursor:
        postgres = connections[server].vendor == "postgresql"
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)" if postgres else "KILL %s", [number])
    with transaction.atomic(using=server):
        assert [admitted() for _ in range(LIMIT)] == [True] * (LIMIT - 1) + [False]


def test_a_forked_process_opens_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    pools: Any = {("default",): extra_connections.Pool()}
    monkeypatch.setattr(extra_connections, "_pools", pools)
    monkeypatch.setattr(extra_connections, "_lock", extra_connections._lock)
    extra_connections._after_fork()
    assert extra_connections._pools == {}
    assert extra_connections._of_the_parent.pop() is pools  # and does not end those of the parent process


def test_an_extra_connection_never_comes_out_of_djangos_own_pool() -> None:
    """Every connection of that may be held by a caller that waits for this one."""
    given = {"OPTIONS": {"pool": {"max_size": 1}, "connect_timeout": 30}, "CONN_MAX_AGE": 0, "ATOMIC_REQUESTS": True}
    found = extra_connections.own_settings(given, "psycopg")
    assert found["OPTIONS"] == {"connect_timeout": extra_connections.CONNECT_WAIT}
    assert found["CONN_MAX_AGE"] == extra_connections.POOLED_MAX_AGE
    assert given["OPTIONS"]["pool"] == {"max_size": 1}


def test_a_driver_is_given_no_option_that_it_does_not_know() -> None:
    with_timeouts = {"connect_timeout": 3, "read_timeout": 5, "write_timeout": 5}
    assert extra_connections.own_settings({}, "pymysql")["OPTIONS"] == with_timeouts
    assert extra_connections.own_settings({}, "mysql.connector")["OPTIONS"] == {"connect_timeout": 3}


def test_no_more_than_the_size_of_a_pool_stay_open(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Connection:
        connection: Any = object()

        def close_if_unusable_or_obsolete(self) -> None: ...

        def close(self) -> None:
            self.connection = None

    pool = extra_connections.Pool()
    kept["x"] = pool
    opened = [Connection() for _ in range(extra_connections.SIZE + 2)]
    for connection in opened:
        pool._give_back(connection)
    assert len(pool._idle) == extra_connections.SIZE
    assert [connection.connection for connection in opened[-2:]] == [None, None]
