"""Tenants whose schema a project's own middleware chooses by a statement: each has its own keys and tokens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponseBase
from django.test import Client

from django_bearer import issue_session, revoke_session
from django_bearer.database import aliases, durable_writes, schemas_by_hand, signing_keys
from django_bearer.models import Session
from tests import databases
from tests.conftest import PASSWORD
from tests.feed_everywhere import exact_mode

ALIASES = [
    pytest.param("postgres", marks=pytest.mark.django_db(transaction=True, databases=["postgres"])),
    pytest.param("mariadb", marks=[pytest.mark.hard, pytest.mark.django_db(transaction=True, databases=["mariadb"])]),
]
pytestmark = pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="its tenants have Django's own users")
USERS = {"one": "ann", "two": "bob"}
HOSTS = {f"{name}.example.com": name for name in USERS}


def choose(alias: str, tenant: str) -> None:
    """What a project's own middleware does. The first tenant has the tables where the connection is at first."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET search_path TO {'public' if tenant == 'one' else 'two, public'}")
        else:
            cursor.execute(f"USE `{database(alias, tenant)}`")


def database(alias: str, tenant: str) -> str:
    named = str(connections[alias].settings_dict["NAME"])
    return named if tenant == "one" else f"{named}_two"


def by_host(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        alias = aliases.sessions_alias()
        choose(alias, HOSTS[request.get_host()])
        try:
            return get_response(request)
        finally:
            choose(alias, "one")

    return middleware


@contextmanager
def at(alias: str, tenant: str) -> Iterator[None]:
    choose(alias, tenant)
    try:
        yield
    finally:
        choose(alias, "one")


def make_second(alias: str) -> None:
    """The same tables once more."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "postgresql":
            cursor.execute("CREATE SCHEMA two")
            for table in tables:
                cursor.execute(f'CREATE TABLE two."{table}" (LIKE public."{table}" INCLUDING ALL)')
        else:
            second = database(alias, "two")
            cursor.execute(f"CREATE DATABASE `{second}`")
            for table in tables:
                cursor.execute(f"CREATE TABLE `{second}`.`{table}` LIKE `{database(alias, 'one')}`.`{table}`")


def drop_second(alias: str) -> None:
    choose(alias, "one")
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "postgresql":
            cursor.execute("DROP SCHEMA IF EXISTS two CASCADE")
        else:
            cursor.execute(f"DROP DATABASE IF EXISTS `{database(alias, 'two')}`")


@pytest.fixture(params=ALIASES)
def alias(request: pytest.FixtureRequest, settings: Any) -> Iterator[str]:
    """Both tenants, each with its own user; and nothing that this process could remember of them."""
    settings.MIDDLEWARE = [f"{__name__}.by_host", *settings.MIDDLEWARE]
    with databases.use(request.param):
        drop_second(request.param)
        make_second(request.param)
        try:
            for tenant, name in USERS.items():
                with at(request.param, tenant):
                    get_user_model().objects.create_user(name, password=PASSWORD)
            signing_keys.clear_cache()
            yield request.param
        finally:
            drop_second(request.param)


def post(tenant: str, path: str, body: dict[str, str]) -> Any:
    headers = {"Host": f"{tenant}.example.com"}
    return Client().post(path, body, content_type="application/json", headers=headers, secure=True)


def get(tenant: str, token: str) -> Any:
    headers = {"Host": f"{tenant}.example.com", "Authorization": f"Bearer {token}"}
    return Client().get("/plain/", headers=headers, secure=True)


def log_in(tenant: str) -> Any:
    answer = post(tenant, "/auth/login/", {"username": USERS[tenant], "password": PASSWORD})
    assert answer.status_code == 200
    return answer.json()


@exact_mode("feed mode refuses tenants with schemas of their own")
def test_tenants_in_turns_each_find_their_own_keys(alias: str) -> None:
    """At once, and not a second later, when a key that the ring does not know would be looked for again."""
    issued = {tenant: log_in(tenant) for tenant in USERS}
    signing_keys.clear_cache()  # as in a process that has just begun
    for _ in range(3):
        for tenant, name in USERS.items():
            assert get(tenant, issued[tenant]["access_token"]).json()["user"] == name
        assert get("one", issued["two"]["access_token"]).status_code == 401
        assert get("two", issued["one"]["access_token"]).status_code == 401
    for tenant in USERS:
        answer = post(tenant, "/auth/refresh/", {"refresh_token": issued[tenant]["refresh_token"]})
        assert answer.status_code == 200
        assert get(tenant, answer.json()["access_token"]).json()["user"] == USERS[tenant]


def test_a_refresh_token_of_another_tenant_is_refused_and_ends_nothing(alias: str) -> None:
    issued = {tenant: log_in(tenant) for tenant in USERS}
    assert post("one", "/auth/refresh/", {"refresh_token": issued["two"]["refresh_token"]}).status_code == 401
    for tenant in USERS:
        token = issued[tenant]["refresh_token"]
        assert post(tenant, "/auth/refresh/", {"refresh_token": token}).status_code == 200


@exact_mode("feed mode refuses tenants with schemas of their own")
def test_threads_each_read_their_own(alias: str) -> None:
    tokens = {tenant: log_in(tenant)["access_token"] for tenant in USERS}
    signing_keys.clear_cache()

    def ask(number: int) -> tuple[str, str]:
        tenant = ("one", "two")[number % 2]
        try:
            return tenant, get(tenant, tokens[tenant]).json()["user"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(16))) == set(USERS.items())


def test_what_waits_for_the_end_is_written_where_it_was_meant(alias: str) -> None:
    with at(alias, "two"):
        issued = issue_session(get_user_model().objects.get(username="bob"))
    with durable_writes.request_scope(), at(alias, "two"), transaction.atomic(using=alias):
        revoke_session(issued.session_id)
        transaction.set_rollback(True, using=alias)
    with at(alias, "two"):
        assert Session.objects.get(pk=issued.session_id).revoked_at is not None


@pytest.mark.django_db(transaction=True, databases=["postgres"])
def test_a_database_with_one_schema_is_not_asked(django_assert_num_queries: Any, caplog: Any) -> None:
    with databases.use("postgres"):
        token = issue_session(get_user_model().objects.create_user("ann")).access_token
        headers = {"Authorization": f"Bearer {token}"}
        assert Client().get("/plain/", headers=headers).status_code == 200
        with django_assert_num_queries(1, using="postgres"):
            assert Client().get("/plain/", headers=headers).status_code == 200
    assert not caplog.text


def test_it_is_told_once(alias: str, caplog: Any) -> None:
    for _ in range(2):
        for tenant in USERS:
            log_in(tenant)
    told = [line for line in caplog.messages if "chosen by statements" in line]
    assert len(told) == 1
    assert "docs/guide/tenants.md" in told[0]


def test_a_transaction_that_has_failed_does_not_hide_the_schema(alias: str) -> None:
    log_in("two")
    with at(alias, "two"):
        before = aliases.schema(alias)
        with transaction.atomic(using=alias):
            with pytest.raises(Exception, match="nowhere"), connections[alias].cursor() as cursor:
                cursor.execute("SELECT * FROM nowhere")
            assert aliases.schema(alias) == before
            transaction.set_rollback(True, using=alias)


def test_a_search_path_that_is_empty_is_a_choice(alias: str) -> None:
    if alias == "postgres":
        log_in("two")
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT set_config('search_path', '', false)")
        assert schemas_by_hand.chosen(alias) != ""
        choose(alias, "one")
