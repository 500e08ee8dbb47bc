"""sentry-sdk: a report of an error holds no token, wherever the token came in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.transport import Transport

from django_bearer import authenticate_token, issue_api_token, issue_session, issue_ticket
from django_bearer.http.ticket_requests import accepts_ticket
from tests.conftest import PASSWORD


@accepts_ticket("file")
def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [path("broken/", broken), path("", include("tests.urls"))]


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.sent += [json.dumps(item.payload.json, default=str) for item in envelope.items]


@pytest.fixture
def kept(settings: Any) -> Iterator[Kept]:
    settings.ROOT_URLCONF = __name__
    transport = Kept()
    with sentry_sdk.isolation_scope():
        sentry_sdk.init(
            dsn="https://key@localhost/1",
            transport=transport,
            integrations=[DjangoIntegration()],
            default_integrations=False,
            include_local_variables=True,
            max_request_body_size="always",
        )
        yield transport
        sentry_sdk.get_global_scope().set_client(None)


def test_an_error_behind_a_token_reports_none(kept: Kept, ann: Any) -> None:
    access, api = issue_session(ann).access_token, issue_api_token(ann, name="a", expires_in=3600).token
    ticket = issue_ticket(authenticate_token(access), purpose="file", path="/broken/").ticket
    client = Client(raise_request_exception=False)
    for token in (access, api):
        assert client.get("/broken/", headers={"Authorization": f"Bearer {token}"}).status_code == 500
    assert client.get("/broken/", {"ticket": ticket}).status_code == 500
    said = "".join(kept.sent)
    assert said.count("ZeroDivisionError") >= 3
    for one in (access, access.rpartition(".")[2], api, ticket):
        assert one not in said


def test_an_error_at_a_login_reports_no_password(kept: Kept, ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "EXTRA_CLAIMS": lambda user, sid: 1 / 0}
    body = {"username": "ann@example.com", "password": PASSWORD}
    assert Client().post("/auth/login/", body, content_type="application/json").status_code == 503
    assert PASSWORD not in "".join(kept.sent)
