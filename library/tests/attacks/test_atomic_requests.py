"""ATOMIC_REQUESTS puts off nothing that a limit is decided by: in a view, a throttle, a login called from a view."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import TokenAnonRateThrottle, check_rate_limit, public
from django_bearer.endpoints.login import login_view
from tests import databases
from tests.conftest import PASSWORD
from tests.long_waits import long_waits
from tools.support.timeouts import HANG

THREADS = 12
LIMIT = 5
together: Barrier | None = None


def wait_for_all() -> None:
    """Nobody leaves the view, and so commits, before all are counted."""
    if together is not None:
        together.wait(HANG)


@public
def code(request: HttpRequest) -> HttpResponse:
    try:
        check_rate_limit("code", "ann", request=request)
    finally:
        wait_for_all()
    return HttpResponse()


class FiveAnHour(TokenAnonRateThrottle):
    rate = "5/hour"

    def allow_request(self, request: Request, view: Any) -> bool:
        try:
            return super().allow_request(request, view)
        finally:
            wait_for_all()


@public
class Throttled(APIView):
    throttle_classes = [FiveAnHour]

    def get(self, request: Request) -> Response:
        return Response()


@public
def own_login(request: HttpRequest) -> HttpResponseBase:
    try:
        return login_view(request)
    finally:
        wait_for_all()


urlpatterns = [path("code/", code), path("throttled/", Throttled.as_view()), path("own-login/", own_login)]


def get(url: str) -> Any:
    return Client().get(url, REMOTE_ADDR="198.51.100.1", secure=True)


def guess() -> Any:
    body = {"username": "ann@example.com", "password": "wrong"}
    return Client().post("/own-login/", body, content_type="application/json", secure=True)


ASKING: list[Callable[[], Any]] = [lambda: get("/code/"), lambda: get("/throttled/"), guess]
IDS = ["function", "throttle", "login"]


@pytest.fixture
def atomic(database: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    settings.ROOT_URLCONF = __name__
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address_account": "5/hour"}}
    monkeypatch.setitem(connections.settings[database], "ATOMIC_REQUESTS", True)
    return database


@pytest.mark.parametrize("database", databases.EVERY[1:], indirect=True)
@pytest.mark.parametrize("ask", ASKING, ids=IDS)
def test_many_at_once_get_no_more_than_the_limit(
    ask: Callable[[], Any], atomic: str, django_user_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    django_user_model.objects.db_manager(atomic).create_user("ann@example.com", password=PASSWORD)
    monkeypatch.setitem(globals(), "together", Barrier(THREADS))

    def one(_: int) -> int:
        try:
            return int(ask().status_code)
        finally:
            connections.close_all()

    with long_waits(), ThreadPoolExecutor(THREADS) as pool:
        codes = sorted(pool.map(one, range(THREADS)))
    assert codes[LIMIT:] == [429] * (THREADS - LIMIT)
    assert set(codes[:LIMIT]) in ({200}, {401})


@pytest.mark.parametrize("database", databases.EVERY[:1], indirect=True)
@pytest.mark.parametrize("ask", ASKING, ids=IDS)
def test_sqlite_answers_503(ask: Callable[[], Any], atomic: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = ask()
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert "rate_limit_unavailable" in answer.text
    assert "non_atomic_requests" in caplog.text


@pytest.mark.parametrize("ask", ASKING, ids=IDS)
def test_a_test_of_a_project_sees_the_limit(
    ask: Callable[[], Any], ann: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROOT_URLCONF = __name__
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address_account": "5/hour"}}
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    codes = [ask().status_code for _ in range(LIMIT + 2)]
    assert codes[LIMIT:] == [429] * 2
    assert set(codes[:LIMIT]) in ({200}, {401})
