"""A login by REMOTE_USER beside tokens: whoever sends a token is who it says, and nobody where it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.decorators import login_required
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path

from django_bearer import issue_session, public


def who(request: HttpRequest) -> HttpResponse:
    found: Any = request
    return HttpResponse(f"{found.user} by {type(found.auth).__name__}")


urlpatterns = [
    path("who/", who),
    path("members/", login_required(who)),
    path("open/", public(lambda request: who(request))),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
BY = "django.contrib.auth.middleware."


@pytest.fixture(params=["RemoteUserMiddleware", "PersistentRemoteUserMiddleware"], autouse=True)
def beside(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, BY + request.param]
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.RemoteUserBackend",
        "django.contrib.auth.backends.ModelBackend",
    ]


@pytest.fixture
def token(ann: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_session(ann).access_token}"}


@pytest.mark.parametrize("url", ["/who/", "/members/", "/open/"])
@pytest.mark.parametrize("given", [{}, {"REMOTE_USER": "bob"}, {"REMOTE_USER": "ann@example.com"}])
def test_a_token_says_who_asks(url: str, given: dict[str, str], token: dict[str, str]) -> None:
    left: list[Any] = []

    def logged_out(user: Any, **_: Any) -> None:
        left.append(user)

    user_logged_out.connect(logged_out)
    try:
        assert Client(**given).get(url, headers=token).content == b"ann@example.com by Principal"
    finally:
        user_logged_out.disconnect(logged_out)
    assert left == []


def test_a_refused_one_says_nobody() -> None:
    client = Client(REMOTE_USER="bob", headers={"Authorization": "Bearer bad"})
    assert client.get("/open/").content == b"AnonymousUser by NoneType"
    assert client.get("/who/").status_code == 401


def test_without_one_it_is_the_server_that_says_so() -> None:
    assert Client(REMOTE_USER="bob").get("/members/").content == b"bob by NoneType"


def test_on_an_asynchronous_server_too(transactional_db: None, token: dict[str, str]) -> None:
    answer = async_to_sync(AsyncClient().get)("/members/", headers=token)
    assert answer.content == b"ann@example.com by Principal"
