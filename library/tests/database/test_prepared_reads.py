"""Prepared, plainly executed, or read by the ORM: the same row, and the caller never learns which it was."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DataError, connections, transaction

from django_bearer import issue_session
from django_bearer.database import compiled_reads, prepared_reads, session_read
from django_bearer.primitives import clock
from tests import databases
from tests.conftest import PASSWORD
from tests.feed_everywhere import exact_mode

ISSUER = "https://api.example.com"
TIMESTAMPS = [
    *("2026-11-30 16:04:57.123456+00", "2026-07-01 00:00:00+00", "2026-11-30 16:04:57.1+00"),
    *("0001-01-02 00:00:00.000001+00", "9999-12-30 23:59:59.999999+00", "1700-01-01 12:00:00+00"),
]
POSTGRES = [databases.EVERY[1], databases.EVERY[2]]


@pytest.fixture(autouse=True)
def unprepared() -> Iterator[None]:
    yield
    prepared_reads.reset()
    session_read.forget_statements()


@pytest.fixture
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    with databases.use(request.param):
        connections[request.param].close()
        yield connections[request.param]


@pytest.fixture
def session_id(connection: Any, django_user_model: Any) -> uuid.UUID:
    user = django_user_model(**{django_user_model.USERNAME_FIELD: "ann@example.com"})
    user.set_password(PASSWORD)
    user.save()
    found = issue_session(user, amr=["pwd"], acr="1").session_id
    connection.close()  # with what issuing has prepared
    return found


def everything(row: Any) -> dict[str, Any]:
    members = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    user = members.pop("user")
    return {**members, "user": {k: v for k, v in vars(user).items() if not k.startswith("_")}}


def seen(session_id: uuid.UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    names = session_read.digests(session_id, "jti", "kid")
    state = session_read.read_validity(session_id, ISSUER, names)
    row = session_read.read(session_id, ISSUER, jti="jti", kid="kid")
    return everything(state), everything(row)


def plainly(connection: Any, session_id: uuid.UUID) -> Any:
    with connection.execute_wrapper(lambda execute, *args: execute(*args)):
        return seen(session_id)


@pytest.mark.parametrize("connection", databases.EVERY, indirect=True)
def test_every_way_reads_the_same_row(
    connection: Any, session_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.frozen():
        usual, again, plain = seen(session_id), seen(session_id), plainly(connection, session_id)
        session_read.forget_statements()
        monkeypatch.setattr(compiled_reads, "can_join", lambda *_: False)
        by_orm = seen(session_id)
    assert usual == again == plain == by_orm
    assert [type(value) for value in usual[1].values()] == [type(value) for value in by_orm[1].values()]


@pytest.mark.parametrize("connection", databases.EVERY, indirect=True)
def test_a_session_that_is_not_there_is_none_every_way(connection: Any, session_id: uuid.UUID) -> None:
    attacker = uuid.uuid4()
    assert session_read.read(attacker, ISSUER) is None
    assert session_read.read(attacker, ISSUER) is None
    with connection.execute_wrapper(lambda execute, *args: execute(*args)):
        assert session_read.read(attacker, ISSUER) is None


@pytest.mark.parametrize("connection", POSTGRES, indirect=True)
class TestOnPostgreSQL:
    def test_it_is_prepared_once_a_connection(self, connection: Any, session_id: uuid.UUID) -> None:
        seen(session_id)
        assert len(statements(connection)) == 2
        connection.close()
        seen(session_id)
        seen(session_id)
        assert len(statements(connection)) == 2

    def test_a_lost_statement_is_answered_all_the_same(self, connection: Any, session_id: uuid.UUID) -> None:
        with clock.frozen():
            before = seen(session_id)
            deallocate(connection)  # as a pooler does by handing us another connection
            assert seen(session_id) == before
        assert statements(connection) == []

    @exact_mode("on PostgreSQL the type of a column that a trigger names cannot change before it is dropped")
    def test_a_changed_column_is_answered_all_the_same(self, connection: Any, session_id: uuid.UUID) -> None:
        with clock.frozen():
            before = seen(session_id)
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE django_bearer_session ALTER COLUMN client_id TYPE varchar(99)")
            try:
                assert seen(session_id) == before
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("ALTER TABLE django_bearer_session ALTER COLUMN client_id TYPE varchar(100)")

    def test_a_statement_that_somebody_prepared_before_is_taken(self, connection: Any, session_id: uuid.UUID) -> None:
        with clock.frozen():
            before = seen(session_id)
            del connection._django_bearer_kept
            assert seen(session_id) == before
        assert len(statements(connection)) == 2

    def test_a_connection_that_comes_out_of_a_pool_knows_what_it_has_prepared(
        self, connection: Any, session_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent: list[str] = []
        exchange = prepared_reads._ConnectionState._exchange

        def noted(state: Any, send: Any, *what: Any) -> Any:
            sent.append(send.__name__)
            return exchange(state, send, *what)

        monkeypatch.setattr(prepared_reads._ConnectionState, "_exchange", noted)
        with clock.frozen(), monkeypatch.context() as patch:
            patch.setitem(connection.settings_dict, "OPTIONS", {"pool": True})
            patch.setattr(type(connection), "pool", None)  # Django would make one
            before = seen(session_id)
            sent.clear()
            del connection._django_bearer_kept  # as a new wrapper has none
            assert seen(session_id) == before
        assert sent == ["send_query_prepared"] * 2

    def test_nothing_is_prepared_in_a_transaction(self, connection: Any, session_id: uuid.UUID) -> None:
        with transaction.atomic(using=connection.alias):
            seen(session_id)
        connection.set_autocommit(False)
        seen(session_id)
        connection.rollback()
        connection.set_autocommit(True)
        assert statements(connection) == []

    def test_nothing_is_prepared_behind_a_pooler(
        self, connection: Any, session_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
        seen(session_id)
        assert statements(connection) == []

    def test_whoever_listens_sees_the_whole_statement(
        self, connection: Any, session_id: uuid.UUID, django_assert_num_queries: Any
    ) -> None:
        seen(session_id)
        with django_assert_num_queries(2, using=connection.alias) as captured:
            seen(session_id)
        assert all("django_bearer_session" in query["sql"] for query in captured.captured_queries)

    def test_a_dead_connection_is_an_error_of_djangos(self, connection: Any, session_id: uuid.UUID) -> None:
        from django.db import OperationalError

        seen(session_id)
        connection.connection.pgconn.finish()
        with pytest.raises(OperationalError):
            seen(session_id)
        assert connection.errors_occurred
        connection.close_if_unusable_or_obsolete()
        seen(session_id)
        assert len(statements(connection)) == 2

    @pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Asia/Kolkata"])
    @pytest.mark.parametrize("value", TIMESTAMPS)
    def test_a_timestamp_is_read_as_django_reads_it(
        self, connection: Any, value: str, zone: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(vars(connection), "timezone", ZoneInfo(zone) if zone != "UTC" else UTC)
        monkeypatch.setitem(vars(connection), "timezone_name", zone)
        sql = f"SELECT '{value}'::timestamptz, %s::int"
        try:
            found = prepared_reads.first(connection, sql, [1])
            plain = fetched(connection, sql, [1])
            assert len(statements(connection)) == 1
        finally:
            connection.close()
        assert found is not None
        assert list(found) == list(plain)
        assert (found[0].tzinfo, found[0].fold) == (plain[0].tzinfo, plain[0].fold)

    @pytest.mark.parametrize("value", ["infinity", "0044-03-15 BC", "12345-01-01"])
    def test_a_timestamp_that_python_has_not_is_the_same_error(self, connection: Any, value: str) -> None:
        sql = f"SELECT '{value}'::timestamptz, %s::int"
        for _ in range(2):
            with pytest.raises(DataError):
                prepared_reads.first(connection, sql, [1])
        with pytest.raises(DataError):
            fetched(connection, sql, [1])


def fetched(connection: Any, sql: str, parameters: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()


def statements(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'django_bearer_%%'", [])
        return [name for (name,) in cursor.fetchall()]


def deallocate(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
