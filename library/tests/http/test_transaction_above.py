"""A middleware above ours that holds a transaction around the request: what must outlive its rollback does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import include, path

from django_bearer import is_token_revoked, issue_session, revoke_user
from django_bearer.database import aliases
from django_bearer.models import SecurityEventRecord, Session
from tests.conftest import PASSWORD


def leaves(request: HttpRequest) -> HttpResponse:
    revoke_user(request.user)
    return HttpResponse()


urlpatterns = [path("auth/", include("django_bearer.urls")), path("leaves/", leaves)]
pytestmark = pytest.mark.urls(__name__)


def turned_back(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic(using=aliases.sessions_alias()):
            answer = get_response(request)
            transaction.set_rollback(True, using=aliases.sessions_alias())
            return answer

    return middleware


def broken(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """The answer that closes the request is then one of Django's own."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic(using=aliases.sessions_alias()):
            get_response(request)
            raise LookupError

    return middleware


def committed(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic(using=aliases.sessions_alias()):
            return get_response(request)

    return middleware


@pytest.fixture(params=["turned_back", "broken", "committed"])
def above(request: pytest.FixtureRequest, settings: Any) -> str:
    settings.MIDDLEWARE = [f"{__name__}.{request.param}", *settings.MIDDLEWARE]
    return str(request.param)


@pytest.fixture
def issued(database: str) -> Any:
    user = get_user_model().objects.create_user("bob@example.com", password=PASSWORD)
    return issue_session(user)


def client() -> Client:
    return Client(raise_request_exception=False)


def told(kind: str) -> int:
    return SecurityEventRecord.objects.filter(kind=kind).count()


def test_a_logout(above: str, issued: Any) -> None:
    body = {"refresh_token": issued.refresh_token}
    client().post("/auth/logout/", body, content_type="application/json")
    assert is_token_revoked(issued.access_token)
    assert Session.objects.get().revoked_cause == "logout"


def test_what_a_view_revokes_and_its_event(above: str, issued: Any) -> None:
    client().get("/leaves/", headers={"Authorization": f"Bearer {issued.access_token}"})
    assert is_token_revoked(issued.access_token)
    assert told("authn_logout_everywhere") == 1


def test_a_refresh_is_refused_there_and_its_token_is_unspent(above: str, issued: Any, settings: Any) -> None:
    """Which would come back with the rollback."""
    body = {"refresh_token": issued.refresh_token}
    answer = client().post("/auth/refresh/", body, content_type="application/json")
    assert answer.status_code == 500
    settings.MIDDLEWARE = settings.MIDDLEWARE[1:]
    assert client().post("/auth/refresh/", body, content_type="application/json").status_code == 200


def test_what_cannot_be_written_in_the_end_is_logged(settings: Any, ann: Any, caplog: Any, monkeypatch: Any) -> None:
    from django_bearer.http import request_end

    def fail() -> None:
        raise OSError

    request, closed = HttpRequest(), []
    monkeypatch.setattr(request, "close", lambda: closed.append(True))
    request_end.when_over(request, fail)
    request.close()
    assert closed == [True]
    assert "was not written: OSError" in caplog.text
