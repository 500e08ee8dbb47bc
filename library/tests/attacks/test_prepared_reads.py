"""A prepared statement that outlives what it was planned for: it must not answer with what was there before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connections

from django_bearer import authenticate_token, issue_session
from django_bearer.database import prepared_reads
from tests import databases

TABLE = get_user_model()._meta.db_table
NAME = get_user_model().USERNAME_FIELD


@pytest.fixture
def connection() -> Iterator[Any]:
    with databases.use("postgres"):
        connections["postgres"].close()
        yield connections["postgres"]
        connections["postgres"].close()
    prepared_reads.reset()


@pytest.fixture
def token(connection: Any) -> str:
    """Ann's, asked for once, so that the statement is prepared."""
    ann = get_user_model().objects.create(**{NAME: "ann@example.com"})
    found = issue_session(ann).access_token
    assert name_behind(found) == "ann@example.com"
    return found


def name_behind(token: str) -> str:
    return authenticate_token(token).user.get_username()


@pytest.mark.django_db(transaction=True, databases=["default", "postgres"])
@pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="the table that is switched is that of the usual users")
class TestOnPostgreSQL:
    def test_another_schema_is_read_from_the_next_request_on(self, connection: Any, token: str) -> None:
        """As packages for tenants switch it, on a connection that is kept."""
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA tenant")
            cursor.execute(f"CREATE TABLE tenant.{TABLE} AS SELECT * FROM {TABLE}")
            cursor.execute(f"UPDATE tenant.{TABLE} SET {NAME} = 'bob@example.com'")
            try:
                cursor.execute("SET search_path TO tenant, public")
                assert name_behind(token) == "bob@example.com"
                cursor.execute("RESET search_path")
                assert name_behind(token) == "ann@example.com"
            finally:
                cursor.execute("RESET search_path")
                cursor.execute("DROP SCHEMA tenant CASCADE")
        assert "postgres" not in prepared_reads._unsupported, "it was prepared all along"

    def test_an_answer_that_is_still_under_way_is_taken_for_none(self, connection: Any, token: str) -> None:
        connection.connection.pgconn.send_query(b"SELECT 1")
        with pytest.raises(OperationalError):
            name_behind(token)
        connection.close()
        assert name_behind(token) == "ann@example.com"
