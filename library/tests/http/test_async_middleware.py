"""The middleware under ASGI: the same decisions, no thread where nothing is read, one where something is."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from asgiref.sync import async_to_sync, markcoroutinefunction, sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.asgi import get_asgi_application
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django.views.decorators.csrf import csrf_exempt

from django_bearer import (
    BearerMiddleware,
    issue_api_token,
    issue_session,
    public,
    revoke_session,
)
from django_bearer.database import signing_keys
from django_bearer.http import legacy_credentials, middleware
from django_bearer.integrations.django import bearer_required
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests.urls import urlpatterns as others
from tools.support.timeouts import HANG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.http.test_async_middleware")]


async def closed(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    return JsonResponse({"user": str(user), "same": user == request.user, "auth": request.auth is not None})  # type: ignore[attr-defined]


@public
async def opened(request: HttpRequest) -> HttpResponse:
    return await closed(request)


@bearer_required(scopes=["notes:write"])
async def writing(request: HttpRequest) -> HttpResponse:
    return await closed(request)


REACHED, LEFT = threading.Event(), threading.Event()


@csrf_exempt
@public
def ends_and_fails(request: HttpRequest, session_id: Any) -> HttpResponse:
    """Under ATOMIC_REQUESTS: what it ends must stay ended though its transaction is rolled back."""
    REACHED.set()
    assert LEFT.wait(HANG)
    revoke_session(session_id)
    raise ZeroDivisionError


async def who_closed(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"user": "somebody"})


urlpatterns = [
    *others,
    path("plain-who/", who_closed),
    path("async-closed/", closed),
    path("async-open/", opened),
    path("async-writing/", writing),
    path("ends/<uuid:session_id>/", ends_and_fails),
]
VIEWS = [
    "/async-closed/",
    "/async-open/",
    "/async-writing/",
    "/who/",
    "/plain/",
    "/plain-scope/",
    "/drf/",
    "/drf-open/",
]
VIEWS += ["/drf-scope/", "/billing/", "/nowhere/"]


def forged(token: str) -> str:
    return token[:-8] + ("A" * 8 if token[-8:] != "A" * 8 else "B" * 8)


def expired(ann: Any) -> str:
    token = str(issue_session(ann).access_token)
    clock.advance(500)
    return token


def revoked(ann: Any) -> str:
    session = issue_session(ann)
    revoke_session(session.session_id)
    return str(session.access_token)


TOKENS: dict[str, Callable[[Any], str]] = {
    "none": lambda ann: "",
    "good": lambda ann: issue_session(ann).access_token,
    "narrow": lambda ann: issue_session(ann, scope=["notes:read"]).access_token,
    "api": lambda ann: issue_api_token(ann, name="x", expires_in=3600, scope=["notes:write"]).token,
    "expired": expired,
    "revoked": revoked,
    "forged": lambda ann: forged(issue_session(ann).access_token),
    "malformed": lambda ann: "a.b.c",
    "no token at all": lambda ann: "\u00e9",
    "of another kind": lambda ann: "djb_tk_" + "A" * 49,
}


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def told(answer: Any) -> Any:
    body = json.loads(answer.content) if answer["Content-Type"].startswith("application/json") else None
    names = ("WWW-Authenticate", "Cache-Control", "Vary", "Allow")
    return answer.status_code, body, {name: answer.get(name) for name in names}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", TOKENS)
def test_the_same_answer_as_in_a_thread(kind: str, view: str, ann: Any) -> None:
    sent = headers(TOKENS[kind](ann))

    async def ask() -> Any:
        return told(await AsyncClient(raise_request_exception=False).get(view, headers=sent))

    assert async_to_sync(ask)() == told(Client(raise_request_exception=False).get(view, headers=sent))


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[list[str]]:
    """What our middleware did in a thread, in a project without routers."""
    settings.DATABASE_ROUTERS = []
    seen: list[str] = []

    def counted(work: Any) -> Any:
        seen.append(getattr(work, "__name__", "process_view"))
        return sync_to_async(work)

    monkeypatch.setattr(middleware, "sync_to_async", counted)
    return seen


COSTS = {"none": 0, "good": 1, "narrow": 1, "api": 1, "expired": 0, "revoked": 1, "forged": 0, "malformed": 0}


@pytest.mark.parametrize("kind", COSTS)
@pytest.mark.parametrize("view", ["/async-closed/", "/async-open/"])
def test_one_thread_where_something_is_read_and_none_where_nothing_is(
    view: str, kind: str, ann: Any, threads: list[str]
) -> None:
    issue_session(ann)  # whose keys are in memory then
    token = TOKENS[kind](ann)

    async def ask() -> Any:
        return await AsyncClient().get(view, headers=headers(token), secure=True)

    async_to_sync(ask)()
    assert len(threads) == COSTS[kind], threads


def test_keys_that_are_not_in_memory_are_read_in_a_thread(ann: Any, threads: list[str]) -> None:
    token = forged(issue_session(ann).access_token)
    signing_keys.clear_cache()

    async def ask() -> Any:
        return await AsyncClient().get("/async-closed/", headers=headers(token), secure=True)

    assert async_to_sync(ask)().status_code == 401
    assert threads == ["process_view"]


def test_a_login_by_cookie_is_asked_in_a_thread(ann: Any, threads: list[str]) -> None:
    async def ask() -> Any:
        client = AsyncClient()
        await client.aforce_login(ann)
        return await client.get("/async-closed/")

    answer = async_to_sync(ask)()
    assert (answer.status_code, answer.json()["auth"]) == (200, False)
    assert threads == ["process_view"]


@pytest.mark.parametrize("what", ["legacy", "routers", "issuers", "last look"])
def test_what_a_project_may_choose_in_a_thread_is_asked_there(
    what: str, threads: list[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    match what:
        case "legacy":
            monkeypatch.setattr(legacy_credentials, "_find", lambda: ())
        case "routers":
            settings.DATABASE_ROUTERS = ["tests.databases.Router"]
        case "issuers":
            settings.BEARER = {**settings.BEARER, "ISSUER": lambda request: "https://api.example.com"}
        case "last look":
            settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Chooses"]

    async def ask() -> Any:
        return await AsyncClient().get("/async-closed/", headers=headers("a.b.c"), secure=True)

    assert async_to_sync(ask)().status_code == 401
    assert threads == ["process_view"]


class Chooses:
    """A middleware that may choose a tenant in `process_view`."""

    async_capable = sync_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> Any:
        return await self.get_response(request)

    async def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        return None


def test_what_reads_though_it_should_not_is_decided_again_in_a_thread(
    ann: Any, threads: list[str], settings: Any
) -> None:
    """Middleware of a project's own that finds out who it is when asked, by the database and without a cookie."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Lazy"]

    async def ask() -> Any:
        return await AsyncClient().get("/plain-who/", headers={"X-Key": "ann@example.com"})

    assert async_to_sync(ask)().status_code == 200
    assert threads == ["process_view"]


def test_a_lookup_that_hides_its_failure_is_asked_in_a_thread(ann: Any, threads: list[str], settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Hiding"]

    async def ask() -> Any:
        return await AsyncClient().get("/plain-who/", headers={"X-Key": "ann@example.com"})

    assert async_to_sync(ask)().status_code == 200
    assert threads == ["process_view"]


class Hiding(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(partial(self.find, request))  # type: ignore[assignment]

    def find(self, request: HttpRequest) -> Any:
        try:
            return get_user_model().objects.get(username=request.headers.get("X-Key"))
        except Exception:
            return AnonymousUser()


class Lazy(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        if "X-Key" in request.headers:
            request.user = SimpleLazyObject(lambda: get_user_model().objects.get(username=request.headers["X-Key"]))  # type: ignore[assignment]


def test_a_class_of_a_project_that_is_called_in_its_own_way_runs_in_a_thread(ann: Any, settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.Own", *settings.MIDDLEWARE[1:]]
    sent = headers(issue_session(ann).access_token)

    async def ask() -> Any:
        return await AsyncClient().get("/async-closed/", headers=sent, secure=True)

    answer = async_to_sync(ask)()
    assert (answer["X-Own"], answer.json()["auth"]) == ("call, view", True)
    assert not Own.async_capable


class Own(BearerMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        response = super().__call__(request)
        response["X-Own"] = f"call, {request.seen}"  # type: ignore[attr-defined]
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
        request.seen = "view"  # type: ignore[attr-defined]
        return super().process_view(request, view, args, kwargs)


class OwnView(BearerMiddleware):
    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
        OwnView.seen.append(request.path)
        return super().process_view(request, view, args, kwargs)

    seen: list[str] = []


def test_a_process_view_of_a_project_is_called(ann: Any, settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.OwnView", *settings.MIDDLEWARE[1:]]

    async def ask() -> Any:
        return await AsyncClient().get("/async-closed/")

    assert async_to_sync(ask)().status_code == 401
    assert OwnView.seen == ["/async-closed/"]


class Server:
    """An ASGI server with one request, whose client goes in the middle of it."""

    def __init__(self, path: str, body: dict[str, Any]) -> None:
        self.body = json.dumps(body).encode()
        self.messages: list[dict[str, Any]] = []
        self.sent = False
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "scheme": "https",
            "query_string": b"",
            "headers": [
                (b"host", b"testserver"),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(self.body)).encode()),
            ],
            "client": ["127.0.0.1", 1],
            "server": ["testserver", 443],
        }

    async def receive(self) -> dict[str, Any]:
        if not self.sent:
            self.sent = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await asyncio.get_running_loop().run_in_executor(None, REACHED.wait, HANG)
        asyncio.get_running_loop().call_later(0.05, LEFT.set)
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)


def serve(path: str, **body: Any) -> list[dict[str, Any]]:
    """What a client got that goes as soon as the view has reached its middle, which then goes on."""
    REACHED.clear()
    LEFT.clear()

    async def run() -> list[dict[str, Any]]:
        server = Server(path, body)
        await get_asgi_application()(server.scope, server.receive, server.send)
        return server.messages

    with warnings.catch_warnings():  # Django closes no connection of a request that it cancels
        warnings.filterwarnings("ignore", "unclosed database", ResourceWarning)
        try:
            return asyncio.run(run())
        finally:
            connections.close_all()
            gc.collect()


def claims(user: Any, session_id: Any) -> dict[str, Any]:
    """Called in the middle of a refresh, before anything is written."""
    REACHED.set()
    assert LEFT.wait(HANG)
    return {}


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_a_client_that_goes_in_the_middle_of_a_refresh_loses_nothing(at: str, ann: Any, settings: Any) -> None:
    first = issue_session(ann)
    clock.advance(60)
    with override_settings(BEARER={**settings.BEARER, "EXTRA_CLAIMS": claims}):
        assert serve(f"{at}refresh/", refresh_token=first.refresh_token) == []
    again = Client().post(f"{at}refresh/", {"refresh_token": first.refresh_token}, content_type="application/json")
    assert again.status_code == 200
    assert Session.objects.get().revoked_at is None
    assert Session.objects.get().generation == 1
    clock.advance(60)
    body = {"refresh_token": again.json()["refresh_token"]}
    assert Client().post(f"{at}refresh/", body, content_type="application/json").status_code == 200


def test_what_a_view_ends_stays_ended_though_its_client_goes_and_it_is_rolled_back(
    ann: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = issue_session(ann)
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    serve(f"/ends/{session.session_id}/")
    assert Session.objects.get().revoked_at is not None
