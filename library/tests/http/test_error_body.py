"""`ERROR_BODY`: a project's own shape for refusals of plain views. Status, headers and our endpoints stay."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import include, path

from django_bearer import errors, issue_session, public
from django_bearer.integrations.django import bearer_required


def envelope(request: HttpRequest, members: dict[str, Any], status: int) -> dict[str, Any]:
    return {"ok": False, "errors": [{"code": members["code"], "status": status, "path": request.path}]}


@public
def limited(request: HttpRequest) -> JsonResponse:
    raise errors.RateLimited("too many", retry_after=7)


@public
@bearer_required(scopes=["notes:write"])
def decorated(request: HttpRequest) -> JsonResponse:
    return JsonResponse({})


urlpatterns = [
    path("limited/", limited),
    path("decorated/", decorated),
    path("closed/", lambda request: JsonResponse({})),
    path("", include("tests.urls")),
]


@pytest.fixture(autouse=True)
def shaped(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.BEARER = {**settings.BEARER, "ERROR_BODY": envelope}


def one(answer: Any) -> dict[str, Any]:
    [found] = answer.json()["errors"]
    return dict(found)


def test_a_closed_view(db: None) -> None:
    answer = Client().get("/closed/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert one(answer) == {"code": "not_authenticated", "status": 401, "path": "/closed/"}


def test_a_refusal_that_a_view_raises_and_one_by_a_decorator(ann: Any) -> None:
    raised = Client().get("/limited/")
    assert (raised.status_code, raised["Retry-After"], one(raised)["code"]) == (429, "7", "throttled")
    token = issue_session(ann, scope=["notes:read"]).access_token
    refused = Client().get("/decorated/", headers={"Authorization": f"Bearer {token}"})
    assert one(refused)["code"] == "insufficient_scope"
    assert 'scope="notes:write"' in refused["WWW-Authenticate"]


def test_our_endpoints_keep_the_shape_that_clients_know(db: None) -> None:
    body = {"username": "a", "password": "b"}
    assert (
        Client().post("/auth/login/", body, content_type="application/json").json()["code"] == "invalid_credentials"
    )
    assert Client().get("/auth/sessions/").json()["code"] == "not_authenticated"


def test_rest_framework_has_its_own_exception_handler(db: None) -> None:
    assert "errors" not in Client().get("/drf/").json()


def raises(*_: Any) -> Any:
    raise ValueError("secret")


@pytest.mark.parametrize(
    "broken", [raises, lambda *_: None, lambda *_: {"at": object()}, lambda *_: {"n": float("nan")}]
)
def test_one_that_fails_is_no_way_in(broken: Any, settings: Any, db: None, caplog: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ERROR_BODY": broken}
    answer = Client().get("/closed/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert b"secret" not in answer.content
    assert "ERROR_BODY" in caplog.text


def test_it_decides_nothing(settings: Any, db: None) -> None:
    """Neither the status nor a header is its own to choose, and what it changes is a copy."""

    def changes(request: HttpRequest, members: dict[str, Any], status: int) -> dict[str, Any]:
        members.clear()
        return {"status": 200, "at": date(2026, 1, 1)}

    settings.BEARER = {**settings.BEARER, "ERROR_BODY": changes}
    answer = Client().get("/closed/")
    assert (answer.status_code, answer.json()) == (401, {"status": 200, "at": "2026-01-01"})
    assert answer["Cache-Control"] == "no-store"
