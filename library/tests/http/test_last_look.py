"""A middleware below ours that chooses the tenant in `process_view`: the decision is taken once more for the view."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.handlers.base import BaseHandler
from django.db import connections, router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import errors, issue_session, public
from django_bearer.http import last_look
from django_bearer.http.middleware import BearerMiddleware
from tests.feed_everywhere import exact_mode

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "postgres"]),
    pytest.mark.urls(__name__),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="each tenant has Django's own users"),
]
chosen: ContextVar[str] = ContextVar("chosen", default="default")
USERS = {"default": "ann", "postgres": "bob"}
ran: list[str] = []
"""The views that ran, which is what must not happen to a request of another tenant."""


class Router:
    def db_for_write(self, model: Any, **hints: Any) -> str:
        return chosen.get()

    db_for_read = db_for_write

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


class ByHeader:
    """Chooses where the route is known, and puts back what was there when it answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            chosen.set("default")

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        chosen.set(request.headers["X-Tenant"])


class Impersonates:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        request.user = get_user_model()(username="somebody")


def said(request: HttpRequest) -> JsonResponse:
    ran.append(request.path)
    auth = request.auth  # type: ignore[attr-defined]
    return JsonResponse({"user": request.user.get_username(), "auth": auth is not None})


def writes(request: HttpRequest) -> HttpResponse:
    """Asks nobody who is there: the route is closed."""
    ran.append(request.path)
    return HttpResponse()


@public
def shown(request: HttpRequest) -> JsonResponse:
    return said(request)


@public
@csrf_exempt
def exempt(request: HttpRequest) -> JsonResponse:
    return said(request)


async def slow(request: HttpRequest) -> JsonResponse:
    ran.append(request.path)
    user = await request.auser()
    return JsonResponse({"user": user.get_username()})


class Rest(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        ran.append(request.path)
        return Response({"user": request.user.get_username()})


urlpatterns = [
    path("said/", said),
    path("writes/", writes),
    path("shown/", shown),
    path("exempt/", exempt),
    path("slow/", slow),
    path("rest/", Rest.as_view()),
]
CLOSED = ["/said/", "/writes/", "/slow/", "/rest/"]


@pytest.fixture(autouse=True)
def tenants(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    ran.clear()
    monkeypatch.setattr(router, "routers", [Router()])
    for alias, name in USERS.items():
        get_user_model().objects.db_manager(alias).create_user(name)
    yield
    chosen.set("default")


@pytest.fixture(params=["above", "below", "lowest"])
def order(request: pytest.FixtureRequest, settings: Any) -> None:
    first, *others = settings.MIDDLEWARE
    theirs = f"{__name__}.ByHeader"
    settings.MIDDLEWARE = {
        "above": [theirs, first, *others],
        "below": [first, theirs, *others],
        "lowest": [first, *others, theirs],
    }[request.param]


@contextmanager
def at(alias: str) -> Iterator[None]:
    token = chosen.set(alias)
    try:
        yield
    finally:
        chosen.reset(token)


@pytest.fixture
def tokens() -> dict[str, str]:
    found = {}
    for alias, name in USERS.items():
        with at(alias):
            found[alias] = issue_session(get_user_model().objects.get(username=name)).access_token
    return found


def get(alias: str, token: str, url: str) -> Any:
    return Client().get(url, headers={"X-Tenant": alias, "Authorization": f"Bearer {token}"}, secure=True)


@pytest.mark.parametrize("url", CLOSED)
@pytest.mark.usefixtures("order")
def test_a_token_opens_its_own_tenant_and_no_other(url: str, tokens: dict[str, str]) -> None:
    """Without the tenant that is in force before the choice, and with the choice of the other one."""
    assert get("postgres", tokens["default"], url).status_code == 401
    assert ran == []
    assert get("default", tokens["default"], url).status_code == 200
    assert ran == [url]


@pytest.mark.usefixtures("order")
def test_a_public_view_is_entered_as_nobody_of_another_tenant(tokens: dict[str, str]) -> None:
    answer = get("postgres", tokens["default"], "/shown/")
    assert answer.json() == {"user": "", "auth": False}
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


@pytest.mark.parametrize(("url", "status"), [("/shown/", 401), ("/exempt/", 200)])
@pytest.mark.usefixtures("order")
def test_csrf_is_not_lifted_by_a_token_of_another_tenant(url: str, status: int, tokens: dict[str, str]) -> None:
    headers = {"X-Tenant": "postgres", "Authorization": f"Bearer {tokens['default']}"}
    answer = Client(enforce_csrf_checks=True).post(url, headers=headers, secure=True)
    assert answer.status_code == status
    assert ran == ([] if status == 401 else [url])


@pytest.mark.usefixtures("order")
def test_a_view_that_is_async_under_asgi(tokens: dict[str, str]) -> None:
    async def ask(alias: str, token: str) -> Any:
        headers = {"x-tenant": alias, "authorization": f"Bearer {token}"}
        async with ThreadSensitiveContext():
            try:
                return await AsyncClient().get("/slow/", headers=headers, secure=True)
            finally:
                await sync_to_async(connections.close_all)()

    assert asyncio.run(ask("postgres", tokens["default"])).status_code == 401
    assert ran == []
    assert asyncio.run(ask("default", tokens["default"])).json() == {"user": "ann"}


@pytest.mark.parametrize("place", ["below", "lowest"])
def test_a_login_by_djangos_session_is_not_carried_to_another_tenant(place: str, settings: Any) -> None:
    """It was looked up where no tenant was chosen; the log says what to do."""
    first, *others = settings.MIDDLEWARE
    theirs = f"{__name__}.ByHeader"
    settings.MIDDLEWARE = [first, theirs, *others] if place == "below" else [first, *others, theirs]
    client = Client()
    client.force_login(get_user_model().objects.get(username="ann"))
    assert client.get("/said/", headers={"X-Tenant": "default"}).status_code == 200
    ran.clear()
    assert client.get("/said/", headers={"X-Tenant": "postgres"}).status_code == 401
    assert ran == []


@pytest.mark.usefixtures("order")
def test_the_look_is_outside_the_transaction_of_the_view(tokens: dict[str, str], monkeypatch: Any) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    seen = []
    conclude = last_look._taken

    def taken(request: HttpRequest) -> Any:
        seen.append(transaction.get_connection("default").in_atomic_block)
        return conclude(request)

    monkeypatch.setattr(last_look, "_taken", taken)
    assert get("default", tokens["default"], "/said/").status_code == 200
    assert seen == [False]


def test_a_user_that_process_view_puts_there_stays(tokens: dict[str, str], settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Impersonates"]
    assert get("default", tokens["default"], "/said/").json() == {"user": "somebody", "auth": True}


@exact_mode("it counts the statement of exact mode")
def test_one_statement_a_request_where_nothing_changes(
    tokens: dict[str, str], settings: Any, django_assert_num_queries: Any
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Impersonates"]
    get("default", tokens["default"], "/writes/")
    with django_assert_num_queries(1):
        assert get("default", tokens["default"], "/writes/").status_code == 200


OURS = "django_bearer.BearerMiddleware"


class Derived(BearerMiddleware):
    """A project's own."""


def factory(get_response: Any) -> Any:
    return get_response


@pytest.mark.parametrize(
    ("below", "needed"),
    [
        (
            ["django.middleware.csrf.CsrfViewMiddleware", "django.contrib.sessions.middleware.SessionMiddleware"],
            False,
        ),
        ([f"{__name__}.ByHeader"], True),
        ([f"{__name__}.factory"], True),
    ],
)
def test_only_a_middleware_that_may_choose_costs_a_look(below: list[str], needed: bool) -> None:
    """A function may hand out anything; Django's own classes choose no tenant."""
    assert last_look.is_needed([OURS, *below], BearerMiddleware) is needed
    assert last_look.is_needed([f"{__name__}.Derived", *below], BearerMiddleware) is needed
    assert not last_look.is_needed([*below, OURS], BearerMiddleware)


def test_our_own_settings_need_none() -> None:
    assert not last_look.is_needed(django_settings.MIDDLEWARE, BearerMiddleware)


def test_a_django_without_that_place_is_refused(monkeypatch: Any) -> None:
    monkeypatch.delattr(BaseHandler, last_look._PATCHED)
    with pytest.raises(errors.ConfigurationError, match="version of Django"):
        last_look.put_in_place()


def test_it_is_put_in_place_once() -> None:
    last_look.put_in_place()
    made = getattr(BaseHandler, last_look._PATCHED)
    last_look.put_in_place()
    assert getattr(BaseHandler, last_look._PATCHED) is made
    assert RequestFactory().get("/").__dict__.get(last_look._LOOK) is None
