"""A refusal that a public function raises in a view of the project's own is the answer it describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import Group
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from django_bearer import (
    authenticate_token,
    check_rate_limit,
    count_login_attempt,
    decode_token,
    error_response,
    errors,
    is_token_revoked,
    login,
    public,
    redeem_login_unlock_token,
    refresh_session,
    revoke_token,
)
from django_bearer.errors import HTTPRefusal
from tests.test_errors import REFUSALS

LIMIT = 5
"""Of CODE_RATE_LIMITS, by account and hour."""


def attempt(request: HttpRequest) -> None:
    """What each view does: it writes, and then it asks."""
    Group.objects.create(name=f"attempt {Group.objects.count()}")
    if "full" in request.GET:
        raise errors.RateLimited("full", retry_after=7)
    check_rate_limit("pin", "ann", request=request)


@public
def plain(request: HttpRequest) -> HttpResponse:
    attempt(request)
    return JsonResponse({})


@public
async def of_async(request: HttpRequest) -> HttpResponse:
    await sync_to_async(attempt)(request)
    return JsonResponse({})


@public
class Rest(APIView):
    permission_classes = ()

    def get(self, request: Any) -> Response:
        attempt(request._request)
        return Response({})


@public
class RestWithoutUs(Rest):
    authentication_classes = ()


@public
class RestSet(ViewSet):
    permission_classes = ()

    def list(self, request: Any) -> Response:
        attempt(request._request)
        return Response({})


@public
@api_view(["GET"])
def rest_function(request: Any) -> Response:
    attempt(request._request)
    return Response({})


api, api_in_debug = NinjaAPI(urls_namespace="refusals"), NinjaAPI(urls_namespace="refusals-in-debug")


@api.get("/sync")
def ninja(request: HttpRequest) -> dict[str, str]:
    attempt(request)
    return {}


@api.get("/async")
async def ninja_async(request: HttpRequest) -> dict[str, str]:
    await sync_to_async(attempt)(request)
    return {}


@api_in_debug.exception_handler(HTTPRefusal)
def refused(request: HttpRequest, error: HTTPRefusal) -> HttpResponseBase:
    return error_response(request, error)


api_in_debug.get("/sync")(ninja)


@public
def raises(request: HttpRequest) -> HttpResponse:
    [error] = [one for one in REFUSALS if one.code == request.GET["code"]]
    raise error()


@public
class RestRaises(APIView):
    permission_classes = ()

    def get(self, request: Any) -> Response:
        raises(request._request)
        return Response({})


@public
def asks_about_a_token(request: HttpRequest) -> HttpResponse:
    how: Callable[..., Any] = {"authenticate": authenticate_token, "decode": decode_token}[request.GET["how"]]
    return JsonResponse({"found": str(how("x", request=request))})


@public
def hands_over_what_it_was_sent(request: HttpRequest) -> HttpResponse:
    """As views do it: what JSON had in its place goes to a public function unread."""
    sent: Any = json.loads(request.body)
    calls: dict[str, Callable[[], Any]] = {
        "username": lambda: login(request, sent, "x"),
        "password": lambda: login(request, "ann", sent),
        "device": lambda: login(request, "ann", "x", known_device_token=sent),
        "attempt": lambda: count_login_attempt(sent, request=request),
        "pass": lambda: redeem_login_unlock_token(sent, "ann"),
        "account": lambda: check_rate_limit("pin", sent, request=request),
        "refresh_token": lambda: refresh_session(sent, request=request),
        "client_id": lambda: refresh_session("x", client_id=sent, request=request),
        "retry_key": lambda: refresh_session("x", retry_key=sent, request=request),
        "context": lambda: refresh_session("x", context=sent, request=request),
        "token": lambda: authenticate_token(sent, request=request),
        "decoded": lambda: decode_token(sent, request=request),
        "revoked": lambda: is_token_revoked(sent, request=request),
        "revoke": lambda: revoke_token(sent, request=request),
    }
    return JsonResponse({"found": str(calls[request.GET["to"]]())})


class Answered:
    """A middleware of the project's own, which asks before the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            check_rate_limit("page", "ann", request=request)
        except HTTPRefusal as error:
            return error_response(request, error)
        return self.get_response(request)


class Enveloped(Answered):
    """A middleware of the project's own that answers exceptions of views."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return JsonResponse({"mine": getattr(exception, "code", "")}, status=418)


urlpatterns = [
    path("plain/", plain),
    path("async/", of_async),
    path("rest/", Rest.as_view()),
    path("rest-without-us/", RestWithoutUs.as_view()),
    path("rest-set/", RestSet.as_view({"get": "list"})),
    path("rest-function/", rest_function),
    path("ninja/", api.urls),
    path("ninja-in-debug/", api_in_debug.urls),
    path("raises/", raises),
    path("rest-raises/", RestRaises.as_view()),
    path("asks/", asks_about_a_token),
    path("hands-over/", csrf_exempt(hands_over_what_it_was_sent)),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]
SYNC = ["/plain/", "/rest/", "/rest-without-us/", "/rest-set/", "/rest-function/", "/ninja/sync"]


@pytest.fixture(autouse=True)
def open_paths(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "PUBLIC_PATHS": ["/ninja/", "/ninja-in-debug/"]}


def assert_throttled(answer: Any) -> None:
    """RFC 6585 section 4, RFC 9110 section 10.2.3."""
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("url", [*SYNC, "/async/", "/ninja/async"])
def test_over_the_limit(url: str) -> None:
    answers = [Client().get(url) for _ in range(LIMIT + 1)]
    assert [one.status_code for one in answers[:-1]] == [200] * LIMIT
    assert_throttled(answers[-1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["/plain/", "/async/", "/rest/", "/ninja/async"])
def test_over_the_limit_on_an_asynchronous_server(url: str) -> None:
    ask = async_to_sync(AsyncClient().get)
    answers = [ask(url) for _ in range(LIMIT + 1)]
    assert [one.status_code for one in answers[:-1]] == [200] * LIMIT
    assert_throttled(answers[-1])


@pytest.mark.parametrize("url", ["/plain/", "/rest/", "/ninja-in-debug/sync"])
def test_debugging_changes_nothing(url: str, settings: Any) -> None:
    settings.DEBUG = True
    assert_throttled([Client().get(url) for _ in range(LIMIT + 1)][-1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", SYNC)
def test_what_the_view_wrote_is_rolled_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    assert_throttled(Client().get(url, {"full": ""}))
    assert Group.objects.count() == 0


@pytest.mark.parametrize("error", REFUSALS, ids=lambda found: found.__name__)
def test_every_refusal_is_its_own_answer_in_both_frameworks(error: type[HTTPRefusal]) -> None:
    """BR-06, BR-08."""
    answers = [Client().get(url, {"code": error.code}) for url in ("/raises/", "/rest-raises/")]
    for found in answers:
        assert (found.status_code, found.json()["code"]) == (error.status, error.code)
    plain, rest = answers
    assert plain.json() == rest.json()
    for name in ("WWW-Authenticate", "Retry-After", "Cache-Control"):
        assert plain.headers.get(name) == rest.headers.get(name), name
    if error.status == 401:
        assert plain.headers["WWW-Authenticate"].split()[0] in ("Bearer", "Basic")


@pytest.mark.parametrize("how", ["authenticate", "decode"])
def test_a_token_that_is_refused_is_a_401(how: str) -> None:
    found = Client().get("/asks/", {"how": how})
    assert (found.status_code, found.json()["code"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in found.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "sent", [None, 5, 1.5, True, ["x"], {"x": "y"}, "\ud800", "a\x00b", "", "x" * 100_000], ids=repr
)
@pytest.mark.parametrize(
    "to",
    [
        "username",
        "password",
        "device",
        "attempt",
        "pass",
        "account",
        "refresh_token",
        "client_id",
        "retry_key",
        "context",
        "token",
        "decoded",
        "revoked",
        "revoke",
    ],
)
def test_whatever_a_view_was_sent_is_no_fault_of_the_server(to: str, sent: Any) -> None:
    found = Client().post(f"/hands-over/?to={to}", json.dumps(sent), content_type="application/json")
    assert found.status_code in (200, 400, 401)


def test_the_developer_finds_the_reason_under_the_id(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "django_bearer.debug"):
        found = Client().get("/raises/", {"code": "session_ended"})
    assert found.headers["X-Request-Id"] in caplog.text


def test_middleware_of_the_project_comes_first(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Enveloped"]
    found = Client().get("/raises/", {"code": "throttled"})
    assert (found.status_code, found.json()) == (418, {"mine": "throttled"})


@pytest.mark.parametrize("url", ["/plain/", "/rest/"])
def test_middleware_of_the_project_can_answer_as_we_do(url: str, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Answered"]
    settings.BEARER = {**settings.BEARER, "CODE_RATE_LIMITS": {"account": "2/hour"}}
    answers = [Client().get(url) for _ in range(3)]
    assert [one.status_code for one in answers[:-1]] == [200, 200]
    assert_throttled(answers[-1])


def test_other_exceptions_are_no_business_of_ours() -> None:
    with pytest.raises(KeyError):
        Client().get("/asks/", {"how": "x"})


def test_without_a_route_it_is_our_one_shape() -> None:
    found = error_response(RequestFactory().get("/"), errors.RateLimited("x", retry_after=7))
    assert (found.status_code, found.headers["Retry-After"]) == (429, "7")
    assert json.loads(found.getvalue())["code"] == "throttled"  # type: ignore[attr-defined]


def test_a_test_inside_a_transaction_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """REST framework marks every open transaction for rollback, and a TestCase has one open."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    assert Client().get("/rest-raises/", {"code": "throttled"}).status_code == 429
    assert not transaction.get_rollback()
    assert Group.objects.count() == 0
