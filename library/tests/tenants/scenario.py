"""Tests for each position of django-tenants' middleware. Run by test_django_tenants.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.http import HttpRequest, HttpResponseBase
from django.test import AsyncClient, Client
from django_tenants.utils import schema_context

from django_bearer import issue_api_token, issue_session, revoke_session
from django_bearer.database import aliases, durable_writes, prepared_reads
from django_bearer.models import ApiToken, SecurityEventRecord, Session
from tests.conftest import PASSWORD

SERIALIZE = {} if django.VERSION >= (6, 0) else {"serialize": False}
"""Django 6.0 deprecates the argument, and serializes test databases only where a test asks for it."""

TENANTS = "django_tenants.middleware.main.TenantMainMiddleware"
USERS = {"one": "ann", "two": "bob"}


@pytest.fixture(scope="session", autouse=True)
def tenants(django_db_blocker: Any) -> Iterator[None]:
    """A database that all tests of this process share: to flush it would take the tenants along."""
    from tests.tenants.customers.models import Customer, Domain

    with django_db_blocker.unblock():
        connection.creation.create_test_db(verbosity=0, autoclobber=True, **SERIALIZE)
        for name, user in USERS.items():
            customer = Customer.objects.create(schema_name=name, name=name)
            Domain.objects.create(domain=f"{name}.example.com", tenant=customer, is_primary=True)
            with schema_context(name):
                get_user_model().objects.create_user(user, password=PASSWORD)
        public = Customer.objects.create(schema_name="public", name="public")
        Domain.objects.create(domain="www.example.com", tenant=public, is_primary=True)
        yield
        connection.creation.destroy_test_db("", verbosity=0)


@pytest.fixture(params=["above", "below", "lowest"], autouse=True)
def order(request: pytest.FixtureRequest, settings: Any) -> str:
    first, *others = settings.MIDDLEWARE
    settings.MIDDLEWARE = {
        "above": [TENANTS, first, *others],
        "below": [first, TENANTS, *others],
        "lowest": [first, *others, "tests.tenants.scenario.asks", TENANTS, "tests.tenants.scenario.sees"],
    }[request.param]
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    return str(request.param)


def asks(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Looks at the user before the tenant is known, as a log of requests does."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "X-Ask" in request.headers:
            bool(request.user.is_authenticated)
        return get_response(request)

    return middleware


def sees(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Looks at the user once the tenant is known."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        auth = request.auth  # type: ignore[attr-defined]
        request.seen = [request.user.get_username(), auth is not None]  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def get(name: str, token: str = "", path: str = "/notes/", **headers: str) -> Any:
    sent = {"Host": f"{name}.example.com", **headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    return Client().get(path, headers=sent, secure=True)


def login(name: str) -> Any:
    body = json.dumps({"username": USERS[name], "password": PASSWORD})
    answer = Client().post(
        "/auth/login/", body, "application/json", headers={"Host": f"{name}.example.com"}, secure=True
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("path", ["/notes/", "/plain/", "/rest/", "/slow/"])
def test_a_token_opens_its_own_tenant_and_no_other(path: str) -> None:
    tokens = {name: login(name)["access_token"] for name in USERS}
    for last in (*USERS, "www", *USERS):  # whoever asked before has left the schema on the connection
        for name, user in USERS.items():
            get(last)
            assert get(name, tokens[name], path).json()["user"] == user
            get(last)
            other = tokens["two" if name == "one" else "one"]
            assert get(name, other, path).status_code == 401


def test_an_api_token_is_noted_where_it_is_and_nowhere_else() -> None:
    tokens = {}
    for name, user in USERS.items():
        with schema_context(name):
            owner = get_user_model().objects.get(username=user)
            tokens[name] = issue_api_token(owner, name="x", expires_in=60, scope=["notes:read"])
    get("one")
    assert get("two", tokens["one"].token, "/shown/", **{"X-Ask": "1"}).json()["user"] == ""
    assert get("two", tokens["two"].token).json()["auth"] is True
    used = {}
    for name in USERS:
        with schema_context(name):
            used[name] = ApiToken.objects.get(pk=tokens[name].id).last_used_at is not None
    assert used == {"one": False, "two": True}


def test_whoever_asks_between_sees_the_tenants_user(order: str) -> None:
    if order != "lowest":
        pytest.skip("nobody asks there")
    token = login("one")["access_token"]
    assert get("one", token).json()["seen"] == ["ann", True]
    get("one")
    assert get("two", token, "/shown/").json() == {"tenant": "two", "user": "", "auth": False, "seen": ["", False]}
    get("one")
    asked = get("two", token, "/shown/", **{"X-Ask": "1"})
    assert asked.json() == {"tenant": "two", "user": "", "auth": False, "seen": ["", False]}
    get("two")
    assert get("one", token, **{"X-Ask": "1"}).json() == {
        "tenant": "one",
        "user": "ann",
        "auth": True,
        "seen": ["ann", True],
    }


def test_a_session_ends_at_its_tenant_only() -> None:
    tokens = {name: login(name) for name in USERS}
    get("two")
    body = json.dumps({"refresh_token": tokens["one"]["refresh_token"]})
    for name, status in (("two", 401), ("one", 200)):
        answer = Client().post(
            "/auth/refresh/", body, "application/json", headers={"Host": f"{name}.example.com"}, secure=True
        )
        assert answer.status_code == status
    headers = {"Host": "one.example.com", "Authorization": f"Bearer {tokens['one']['access_token']}"}
    assert (
        Client().post("/auth/logout/", content_type="application/json", headers=headers, secure=True).status_code
        == 204
    )
    assert get("one", tokens["one"]["access_token"]).status_code == 401
    assert get("two", tokens["two"]["access_token"]).status_code == 200


def test_many_threads_each_read_their_own() -> None:
    tokens = {name: login(name)["access_token"] for name in USERS}

    def ask(number: int) -> tuple[int, str, int]:
        name, other = ("one", "two") if number % 2 else ("two", "one")
        try:
            good = get(name, tokens[name])
            return good.status_code, good.json()["user"] + "@" + name, get(name, tokens[other]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(ask, range(40)))
    assert found == {(200, "ann@one", 401), (200, "bob@two", 401)}


def test_the_same_under_asgi(settings: Any) -> None:
    settings.USE_X_FORWARDED_HOST = True  # Django's client for ASGI always sends a Host of its own
    tokens = {name: login(name)["access_token"] for name in USERS}

    async def at(name: str, token: str) -> Any:
        headers = {"x-forwarded-host": f"{name}.example.com", "authorization": f"Bearer {token}"}
        async with ThreadSensitiveContext():  # as Django's handler for servers does for each request
            try:
                return await AsyncClient().get("/slow/", headers=headers, secure=True)
            finally:
                await sync_to_async(connections.close_all)()

    async def ask(number: int) -> tuple[str, str, int]:
        name, other = ("one", "two") if number % 2 else ("two", "one")
        return name, (await at(name, tokens[name])).json()["user"], (await at(name, tokens[other])).status_code

    async def many() -> list[tuple[str, str, int]]:
        return await asyncio.gather(*map(ask, range(10)))

    assert set(asyncio.run(many())) == {("one", "ann", 401), ("two", "bob", 401)}


def test_no_statement_is_prepared_past_the_search_path() -> None:
    with schema_context("one"):
        found = issue_session(get_user_model().objects.get(username="ann"))
        assert get("one", found.access_token).status_code == 200
        assert not prepared_reads._may_prepare(connections["default"])


def test_a_write_that_waits_goes_to_the_schema_it_was_given_in() -> None:
    with schema_context("one"):
        issued = issue_session(get_user_model().objects.get(username="ann"))
    try:
        with durable_writes.request_scope():
            with schema_context("one"), transaction.atomic():
                revoke_session(issued.session_id)
                transaction.set_rollback(True)
            connection.set_schema("two")  # type: ignore[attr-defined]
        assert aliases.schema("default") == "two", "it was put back"
    finally:
        connection.set_schema_to_public()  # type: ignore[attr-defined]
    with schema_context("one"):
        assert Session.objects.get(pk=issued.session_id).revoked_at is not None
        assert SecurityEventRecord.objects.filter(session_id=str(issued.session_id)).exists()
    with schema_context("two"):
        assert not SecurityEventRecord.objects.filter(session_id=str(issued.session_id)).exists()
