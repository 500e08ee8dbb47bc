"""Secrets in a body over plain HTTP: what a project derives from an endpoint or wraps around it is not run there."""

from __future__ import annotations

import json
from functools import wraps
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import path

from django_bearer import issue_session
from django_bearer.endpoints.refresh import refresh_view
from django_bearer.integrations.drf.views import TokenLoginView, TokenRefreshView
from django_bearer.models import Session

ran: list[str] = []


class Careless(TokenLoginView):
    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        ran.append(str(request._request.session.session_key))
        return super().post(request, *args, **kwargs)


@wraps(refresh_view)
def around(request: HttpRequest) -> Any:
    ran.append(str(request.session.session_key))
    return refresh_view(request)


urlpatterns = [
    path("plain/", refresh_view),
    path("rest/", TokenRefreshView.as_view()),
    path("around/", around),
    path("careless/", Careless.as_view()),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]
CLEAR = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "http"}


@pytest.fixture(autouse=True)
def sure(settings: Any) -> None:
    """The deployment knows plain HTTP when it sees it, and has seen HTTPS."""
    from django_bearer.http import https

    ran.clear()
    settings.SECURE_SSL_REDIRECT = True
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.1/32"], "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    https.state.seen = True


@pytest.mark.parametrize("route", ["plain", "rest", "around", "careless"])
def test_they_are_revoked_and_nothing_runs(route: str, ann: Any) -> None:
    sent = json.dumps({"refresh_token": issue_session(ann).refresh_token})
    answer = Client().post(f"/{route}/", sent, content_type="application/json", **CLEAR)
    assert (answer.status_code, answer.json()["code"], ran) == (400, "insecure_transport", [])
    assert Session.objects.get().revoked_cause == "plain_http"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"refresh_token": 7}', b"\xff", b"x" * 20_000])
@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", "", "a/b; c="]
)
def test_odd_bodies_are_refused_as_well(body: bytes, kind: str) -> None:
    answer = Client().post("/around/", body, content_type=kind, **CLEAR)
    assert (answer.status_code, answer.json()["code"], ran) == (400, "insecure_transport", [])


def test_over_https_they_run(ann: Any) -> None:
    sent = json.dumps({"refresh_token": issue_session(ann).refresh_token})
    answer = Client().post("/around/", sent, content_type="application/json", secure=True)
    assert (answer.status_code, ran) == (200, ["None"])
