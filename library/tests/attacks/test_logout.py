"""Logout that says it is done and is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from django_bearer import is_token_revoked, issue_session, revoke_session
from django_bearer.database import durable_writes
from django_bearer.database.durable_writes import request_scope, write_despite_refusal


@pytest.mark.parametrize("endpoint", ["/auth/logout/", "/drf-auth/logout/"])
def test_an_unreadable_refresh_token_does_not_spare_the_session_of_the_header(endpoint: str, ann: Any) -> None:
    issued = issue_session(ann)
    headers = {"Authorization": f"Bearer {issued.access_token}"}
    body = {"refresh_token": (issued.refresh_token or "")[:-1]}
    assert Client().post(endpoint, body, content_type="application/json", headers=headers).status_code == 204
    assert is_token_revoked(issued.access_token)


@pytest.mark.django_db(transaction=True)
def test_one_write_that_fails_after_the_request_does_not_lose_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    runs = {"first": 0}

    def first() -> None:
        runs["first"] += 1
        if runs["first"] > 1:
            raise OSError("the disk is full")

    def view() -> None:
        with request_scope(), transaction.atomic():
            write_despite_refusal(first)
            write_despite_refusal(lambda: done.append("second"))

    with pytest.raises(OSError):
        view()
    assert done == ["second", "second"]


def leave(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        revoke_session(request.auth.session_id)  # type: ignore[attr-defined]
        transaction.set_rollback(True)
    raise ValueError("and then it fails")


urlpatterns = [path("", include("tests.urls")), path("leave/", leave)]


@pytest.mark.django_db(transaction=True)
def test_a_logout_in_a_block_rolled_back_in_a_view_that_raises_still_takes_effect(ann: Any, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.attacks.test_logout"
    issued = issue_session(ann)
    client = Client(raise_request_exception=False)
    found = client.get("/leave/", headers={"Authorization": f"Bearer {issued.access_token}"})
    assert found.status_code == 500
    assert is_token_revoked(issued.access_token)
    assert not durable_writes.in_request()
