"""What must outlive a rollback is refused where one could come, with an error of the package's own."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import (
    authenticate_token,
    errors,
    is_token_revoked,
    issue_session,
    public,
    refresh_session,
    revoke_user,
)
from django_bearer.database.durable_writes import request_scope
from django_bearer.models import SecurityEventRecord
from tests.token_clients import PREFIXES


@public
def own_refresh(request: HttpRequest) -> JsonResponse:
    tokens = refresh_session(request.GET["token"], request=request)
    return JsonResponse({"refresh_token": tokens.refresh_token})


@public
class RestRefresh(APIView):
    permission_classes = ()

    def get(self, request: Any) -> Response:
        return Response({"refresh_token": refresh_session(request.GET["token"]).refresh_token})


@public
@transaction.non_atomic_requests
def exempt(request: HttpRequest) -> JsonResponse:
    return own_refresh(request)


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("drf-auth/", include("django_bearer.integrations.drf.urls", namespace="drf")),
    path("plain/", own_refresh),
    path("rest/", RestRefresh.as_view()),
    path("exempt/", exempt),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def token(ann: Any) -> str:
    return str(issue_session(ann).refresh_token)


@pytest.fixture
def atomic_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)


@pytest.mark.parametrize("url", ["/plain/", "/rest/"])
@pytest.mark.usefixtures("atomic_requests")
def test_view_in_a_transaction_is_told_so(url: str, token: str, caplog: pytest.LogCaptureFixture) -> None:
    found = Client().get(url, {"token": token})
    assert (found.status_code, found.json()["code"]) == (500, "inside_transaction")
    assert "ATOMIC_REQUESTS" not in found.content.decode()
    [line] = [one for one in caplog.records if one.name == "django_bearer.debug" and one.levelname == "ERROR"]
    assert "non_atomic_requests" in line.getMessage()
    assert token not in caplog.text


@pytest.mark.usefixtures("atomic_requests")
def test_token_is_unspent_by_it(token: str) -> None:
    assert Client().get("/plain/", {"token": token}).status_code == 500
    first = Client().get("/exempt/", {"token": token})
    assert first.status_code == 200
    assert first.json()["refresh_token"] != token


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.usefixtures("atomic_requests")
def test_our_endpoint_is_in_no_transaction(prefix: str, token: str) -> None:
    found = Client().post(f"{prefix}/refresh/", {"refresh_token": token}, content_type="application/json")
    assert found.status_code == 200


def test_atomic_block(token: str) -> None:
    with pytest.raises(errors.InsideTransaction), transaction.atomic():
        refresh_session(token)


def test_autocommit_that_is_off(token: str) -> None:
    """What is written there is committed by the caller, or never."""
    connection.set_autocommit(False)
    try:
        with pytest.raises(errors.InsideTransaction, match="autocommit off"):
            refresh_session(token)
    finally:
        connection.rollback()
        connection.set_autocommit(True)
    assert refresh_session(token).rotated


def told(kind: str) -> bool:
    return SecurityEventRecord.objects.filter(kind=kind).exists()


def test_a_logout_outlives_the_rollback_of_a_view_that_commits_by_itself(database: str) -> None:
    user = get_user_model().objects.create_user("bob@example.com")
    issued, connection = issue_session(user), connections[database]
    with request_scope():
        connection.set_autocommit(False)
        try:
            revoke_user(user)
        finally:
            connection.rollback()
            connection.set_autocommit(True)
    assert is_token_revoked(issued.access_token)
    assert told("authn_logout_everywhere")


def test_a_task_that_outlives_its_request_leaves_nothing_to_it(database: str) -> None:
    """`asyncio.create_task()` copies the context of the request that it is called in."""
    user = get_user_model().objects.create_user("bob@example.com")
    issued = issue_session(user)
    with request_scope():
        task = copy_context()

    def logs_out() -> None:
        with transaction.atomic(using=database):
            revoke_user(user)

    task.run(logs_out)
    assert is_token_revoked(issued.access_token)
    assert told("authn_logout_everywhere")


@pytest.mark.django_db(transaction=False)
def test_transaction_of_a_test_is_none(ann: Any) -> None:
    issued = issue_session(ann)
    assert authenticate_token(refresh_session(str(issued.refresh_token)).access_token).user == ann
