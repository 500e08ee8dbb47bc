"""Who is asking, where a middleware below ours still chooses the tenant by a router and a context variable."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections, router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.decorators import sync_and_async_middleware
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import issue_api_token, issue_session, public, revoke_session
from django_bearer.database import aliases, durable_writes
from django_bearer.integrations.django import bearer_required
from django_bearer.models import ApiToken, Session
from tests.feed_everywhere import exact_mode

pytestmark = [
    exact_mode("feed mode refuses tenants with databases of their own"),
    pytest.mark.django_db(transaction=True, databases=["default", "postgres"]),
    pytest.mark.urls(__name__),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="each tenant has Django's own users"),
]
chosen: ContextVar[str] = ContextVar("chosen", default="default")
USERS = {"default": "ann", "postgres": "bob"}


class Router:
    def db_for_write(self, model: Any, **hints: Any) -> str:
        return chosen.get()

    db_for_read = db_for_write

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


@sync_and_async_middleware
def by_header(get_response: Any) -> Any:
    """Chooses the tenant, and puts back what was there."""
    if iscoroutinefunction(get_response):

        async def waiting(request: HttpRequest) -> HttpResponseBase:
            token = chosen.set(request.headers["X-Tenant"])
            try:
                answer: HttpResponseBase = await get_response(request)
                return answer
            finally:
                chosen.reset(token)

        return waiting

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = chosen.set(request.headers["X-Tenant"])
        try:
            answer: HttpResponseBase = get_response(request)
            return answer
        finally:
            chosen.reset(token)

    return middleware


def asks(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Looks at the user, wherever it stands."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        seen = (request.user.get_username(), request.auth is not None)  # type: ignore[attr-defined]
        vars(request).setdefault("seen", []).append(seen)
        return get_response(request)

    return middleware


class AsksWaiting:
    """The same, as an async middleware."""

    async_capable, sync_capable = True, False

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = await request.auser()
        vars(request).setdefault("seen", []).append((user.get_username(), None))
        answer: HttpResponseBase = await self.get_response(request)
        return answer


def who(request: HttpRequest) -> JsonResponse:
    auth = request.auth  # type: ignore[attr-defined]
    return JsonResponse(
        {"user": request.user.get_username(), "auth": auth is not None, "seen": vars(request).get("seen")}
    )


@public
def shown(request: HttpRequest) -> JsonResponse:
    return who(request)


async def slow(request: HttpRequest) -> JsonResponse:
    user = await request.auser()
    return JsonResponse({"user": user.get_username(), "seen": vars(request).get("seen")})


async def types(request: HttpRequest) -> JsonResponse:
    """What a view holds that keeps its user: the user itself, and nothing that decides again when it is read."""
    waited, read = await request.auser(), vars(request)["_cached_user"]
    return JsonResponse({"types": [f"{type(user).__module__}.{type(user).__name__}" for user in (waited, read)]})


class Rest(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.get_username()})


def by_path(view: Any) -> Any:
    """Chooses the tenant inside the view, as a decorator does that reads the path."""

    def switched(request: HttpRequest, tenant: str) -> HttpResponse:
        token = chosen.set(tenant)
        try:
            answer: HttpResponse = view(request)
            return getattr(answer, "render", lambda: answer)()
        finally:
            chosen.reset(token)

    return switched


urlpatterns = [
    path("who/", who),
    path("plain/", bearer_required(lambda request: who(request))),
    path("rest/", Rest.as_view()),
    path("shown/", shown),
    path("slow/", slow),
    path("types/", public(types)),
    path("at/<tenant>/plain/", by_path(bearer_required(lambda request: who(request)))),
    path("at/<tenant>/rest/", by_path(Rest.as_view())),
]


@pytest.fixture(autouse=True)
def tenants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "routers", [Router()])
    for alias, name in USERS.items():
        get_user_model().objects.db_manager(alias).create_user(name)


@pytest.fixture(params=["above", "below", "lowest"])
def order(request: pytest.FixtureRequest, settings: Any) -> str:
    first, *others = settings.MIDDLEWARE
    ours = f"{__name__}.by_header"
    settings.MIDDLEWARE = {
        "above": [ours, first, *others],
        "below": [first, ours, *others],
        "lowest": [first, *others, ours],
    }[request.param]
    return str(request.param)


@pytest.fixture
def tokens() -> dict[str, str]:
    found = {}
    for alias, name in USERS.items():
        with at(alias):
            found[alias] = issue_session(get_user_model().objects.get(username=name)).access_token
    return found


@contextmanager
def at(alias: str) -> Iterator[None]:
    """Everything at a tenant."""
    token = chosen.set(alias)
    try:
        yield
    finally:
        chosen.reset(token)


def get(alias: str, token: str, url: str = "/who/") -> Any:
    return Client().get(url, headers={"X-Tenant": alias, "Authorization": f"Bearer {token}"}, secure=True)


def other(alias: str) -> str:
    return "postgres" if alias == "default" else "default"


@pytest.mark.parametrize("url", ["/who/", "/plain/", "/rest/", "/slow/"])
def test_a_token_opens_its_own_tenant_and_no_other(order: str, tokens: dict[str, str], url: str) -> None:
    for alias, name in USERS.items():
        assert get(alias, tokens[alias], url).json()["user"] == name
        assert get(alias, tokens[other(alias)], url).status_code == 401


@pytest.mark.parametrize("url", ["/plain/", "/rest/"])
def test_a_tenant_chosen_inside_the_view_is_asked_again(tokens: dict[str, str], url: str) -> None:
    assert get("", tokens["default"], f"/at/default{url}").json()["user"] == "ann"
    assert get("", tokens["default"], f"/at/postgres{url}").status_code == 401


def test_whoever_asks_is_answered_for_that_time(settings: Any, tokens: dict[str, str]) -> None:
    """One above the tenant's choice, one below; the view is entered as the tenant has it."""
    asking, ours = f"{__name__}.asks", f"{__name__}.by_header"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, asking, ours, asking]
    found = get("postgres", tokens["default"], "/shown/").json()
    assert found == {"user": "", "auth": False, "seen": [["ann", True], ["", False]]}
    found = get("postgres", tokens["postgres"]).json()
    assert found == {"user": "bob", "auth": True, "seen": [["", False], ["bob", True]]}


def test_a_user_that_a_middleware_put_there_stays(settings: Any, tokens: dict[str, str]) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.impersonates"]
    assert get("", tokens["default"]).json()["user"] == "somebody"


def impersonates(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        assert request.user.is_authenticated
        request.user = get_user_model()(username="somebody")
        return get_response(request)

    return middleware


def test_one_statement_a_request_where_nothing_changes(
    tokens: dict[str, str], settings: Any, django_assert_num_queries: Any
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.asks"]
    get("", tokens["default"])
    with django_assert_num_queries(1):
        assert get("", tokens["default"]).json()["seen"] == [["ann", True]]


def test_the_last_use_is_noted_where_the_token_is(settings: Any) -> None:
    """And not where somebody asked for the user before the tenant was chosen."""
    asking, ours = f"{__name__}.asks", f"{__name__}.by_header"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, asking, ours]
    ann = get_user_model().objects.get(username="ann")
    token = issue_api_token(ann, name="x", expires_in=60)
    assert get("postgres", token.token).status_code == 401
    assert ApiToken.objects.get(pk=token.id).last_used_at is None
    assert get("default", token.token).status_code == 200
    assert ApiToken.objects.get(pk=token.id).last_used_at is not None


def test_what_waits_for_the_end_is_written_where_it_was_meant(tokens: dict[str, str]) -> None:
    with at("postgres"):
        issued = issue_session(get_user_model().objects.get(username="bob"))
    with durable_writes.request_scope():
        with at("postgres"), transaction.atomic(using="postgres"):
            revoke_session(issued.session_id)
            transaction.set_rollback(True, using="postgres")
        assert aliases.sessions_alias() == "default"
    assert Session.objects.using("postgres").get(pk=issued.session_id).revoked_at is not None


def test_threads_each_read_their_own(order: str, tokens: dict[str, str]) -> None:
    def ask(number: int) -> tuple[str, str, int]:
        alias = ("default", "postgres")[number % 2]
        try:
            return alias, get(alias, tokens[alias]).json()["user"], get(alias, tokens[other(alias)]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(24))) == {("default", "ann", 401), ("postgres", "bob", 401)}


async def ask_async(alias: str, token: str) -> Any:
    headers = {"x-tenant": alias, "authorization": f"Bearer {token}"}
    async with ThreadSensitiveContext():  # as Django's handler for servers does for each request
        try:
            return await AsyncClient().get("/slow/", headers=headers, secure=True)
        finally:
            await sync_to_async(connections.close_all)()


def test_under_asgi_requests_at_once_each_read_their_own(order: str, tokens: dict[str, str]) -> None:
    async def ask(number: int) -> tuple[str, str, int]:
        alias = ("default", "postgres")[number % 2]
        good, bad = await ask_async(alias, tokens[alias]), await ask_async(alias, tokens[other(alias)])
        return alias, good.json()["user"], bad.status_code

    async def every() -> Any:
        return await asyncio.gather(*map(ask, range(6)))

    assert set(asyncio.run(every())) == {("default", "ann", 401), ("postgres", "bob", 401)}


@pytest.mark.parametrize(("valid", "kind"), [(True, "User"), (False, "AnonymousUser")])
def test_a_view_gets_the_user_itself(tokens: dict[str, str], valid: bool, kind: str) -> None:
    """Django's own `request.user` and `auser()` read what is cached on the request."""
    found = get("default", tokens["default" if valid else "postgres"], "/types/").json()
    assert found["types"] == [f"django.contrib.auth.models.{kind}"] * 2


@pytest.mark.parametrize("above", [True, False])
def test_an_async_middleware_may_ask(settings: Any, tokens: dict[str, str], above: bool) -> None:
    asking, ours = f"{__name__}.AsksWaiting", f"{__name__}.by_header"
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, *([asking, ours] if above else [ours, asking])]):
        found = asyncio.run(ask_async("postgres", tokens["postgres"])).json()
    assert found == {"user": "bob", "seen": [["" if above else "bob", None]]}


def test_a_header_that_a_middleware_adds_is_no_token_of_the_client(settings: Any, tokens: dict[str, str]) -> None:
    """From a cookie, it would lift CSRF."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.from_cookie"]
    client = Client()
    client.cookies["token"] = tokens["default"]
    assert client.get("/who/", secure=True).status_code == 401


def from_cookie(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.META["HTTP_AUTHORIZATION"] = f"Bearer {request.COOKIES['token']}"
        return get_response(request)

    return middleware
