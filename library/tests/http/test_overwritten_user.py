"""A middleware below ours writes `request.user`: the token still decides, and `request.auth` says whose it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.test import Client
from django.urls import include, path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import issue_api_token, issue_session, public
from django_bearer.integrations.django import bearer_required
from tests.conftest import PASSWORD

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls(__name__),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="the admin is there for Django's own users"),
]
CLOSED = ["/plain/", "/required/", "/rest/", "/admin/"]
REFUSED = "no.such.token"


def said(request: HttpRequest) -> JsonResponse:
    auth = request.auth  # type: ignore[attr-defined]
    return JsonResponse(
        {"user": request.user.get_username(), "auth": None if auth is None else auth.user.get_username()}
    )


class Rest(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.get_username(), "auth": request.auth.user.get_username()})


urlpatterns = [
    path("plain/", said),
    path("shown/", public(lambda request: said(request))),
    path("required/", bearer_required(lambda request: said(request))),
    path("rest/", Rest.as_view()),
    path("admin/", admin.site.urls),
    path("auth/", include("django_bearer.urls")),
]


def writes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Somebody who may do everything, as a middleware of a project's own finds them by a cookie."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "X-Nobody" in request.headers:
            request.user = AnonymousUser()
        else:
            request.user = get_user_model().objects.get(username="root")
        return get_response(request)

    return middleware


@pytest.fixture(autouse=True)
def written(settings: Any, ann: Any) -> Any:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.writes"]
    return get_user_model().objects.create_superuser("root", password=PASSWORD)


def get(url: str, token: str, **headers: str) -> Any:
    return Client().get(url, headers={"Authorization": f"Bearer {token}", **headers})


@pytest.mark.parametrize("url", CLOSED)
def test_a_refused_token_enters_no_closed_route(url: str) -> None:
    assert get(url, REFUSED).status_code == 401


def test_a_refused_token_names_nobody_on_a_public_route() -> None:
    """What the middleware wrote is its own to answer for; of the token nothing is left."""
    answer = get("/shown/", REFUSED)
    assert answer.json() == {"user": "root", "auth": None}
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_with_a_token_a_plain_view_sees_both(ann: Any) -> None:
    token = issue_session(ann).access_token
    assert get("/plain/", token).json() == {"user": "root", "auth": "ann@example.com"}


@pytest.mark.parametrize("url", ["/required/", "/rest/"])
def test_a_view_that_asks_for_a_token_sees_its_user(url: str, ann: Any) -> None:
    token = issue_session(ann).access_token
    assert get(url, token).json() == {"user": "ann@example.com", "auth": "ann@example.com"}


def test_our_endpoints_act_for_the_user_of_the_token(ann: Any, written: Any) -> None:
    issue_session(written)
    token = issue_session(ann).access_token
    assert len(get("/auth/sessions/", token).json()["sessions"]) == 1


def test_a_token_of_less_does_not_enter_the_admin_as_somebody_else(ann: Any) -> None:
    narrow = issue_session(ann, scope=["notes:read"]).access_token
    machine = issue_api_token(ann, name="x", expires_in=60).token
    assert [get("/admin/", token).status_code for token in (narrow, machine)] == [403, 403]


@pytest.mark.parametrize("url", ["/required/", "/rest/"])
def test_nobody_written_over_a_user_takes_no_token_away(url: str, ann: Any) -> None:
    token = issue_session(ann).access_token
    assert get(url, token, **{"X-Nobody": "1"}).json()["user"] == "ann@example.com"


def test_without_a_token_it_is_a_login_like_any_other() -> None:
    assert Client().get("/plain/").json() == {"user": "root", "auth": None}
    assert Client().get("/plain/", headers={"X-Nobody": "1"}).status_code == 401


def test_such_a_login_passes_a_csrf_check_where_it_may_come_of_a_browser() -> None:
    headers = {"Origin": "https://evil.example.com"}
    assert Client(enforce_csrf_checks=True).post("/plain/", headers=headers, secure=True).status_code == 403
