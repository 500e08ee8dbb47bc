"""The body of a request to one of our endpoints can be read again by whatever else is given the request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.signals import user_logged_in
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.test import Client, RequestFactory

from django_bearer.endpoints.base import MAX_BODY, read_capped
from django_bearer.errors import BodyTooLarge
from tests.conftest import PASSWORD
from tests.token_clients import PREFIXES

READS: dict[str, Callable[[HttpRequest], bytes]] = {
    "body": lambda request: request.body,
    "read": lambda request: request.read(),
    "lines": lambda request: b"".join(request),
    "post": lambda request: request.body if not request.POST else b"",
}
BODY = {"username": "ann@example.com", "password": PASSWORD, "otp": "123456"}


class SecondFactor(ModelBackend):
    """Wants a code that is in the body, as backends for second factors and captchas do."""

    read: Callable[[HttpRequest], bytes]

    def authenticate(self, request: Any, username: Any = None, password: Any = None, **others: Any) -> Any:
        sent = json.loads(type(self).read(request))
        return super().authenticate(request, username, password, **others) if sent["otp"] == "123456" else None


class AfterTheAnswer:
    """A middleware that keeps what was sent, once the answer is there."""

    seen: list[bytes]

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answered = self.get_response(request)
        self.seen.append(request.body)
        return answered


def login(prefix: str, **more: str) -> int:
    sent = Client().post(f"{prefix}/login/", {**BODY, **more}, content_type="application/json")
    return int(sent.status_code)


@pytest.fixture
def events_of() -> Iterator[list[bytes]]:
    found: list[bytes] = []

    def receiver(request: HttpRequest, **_: Any) -> None:
        found.append(request.body)

    user_logged_in.connect(receiver)
    yield found
    user_logged_in.disconnect(receiver)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("how", READS)
def test_backend_reads_the_body(
    how: str, prefix: str, ann: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.SecondFactor"]
    monkeypatch.setattr(SecondFactor, "read", staticmethod(READS[how]), raising=False)
    assert [login(prefix), login(prefix, otp="0")] == [200, 401]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_receiver_reads_the_body(prefix: str, ann: Any, events_of: list[bytes]) -> None:
    assert login(prefix) == 200
    assert [json.loads(body) for body in events_of] == [BODY]


@pytest.mark.parametrize("path", ["/login/", "/refresh/", "/logout/", "/revoke/", "/csp-report/"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_middleware_reads_the_body_after_the_answer(
    prefix: str, path: str, db: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AfterTheAnswer, "seen", [], raising=False)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.AfterTheAnswer"]
    content_type = "application/csp-report" if "csp" in path else "application/json"
    assert Client().post(prefix + path, "{}", content_type=content_type).status_code < 500
    assert AfterTheAnswer.seen == [b"{}"]


def test_one_that_middleware_has_read_is_taken_as_it_is() -> None:
    request = RequestFactory().post("/", b"{}", content_type="application/json")
    assert request.body == b"{}"
    assert read_capped(request) == b"{}"


class Endless:
    """A body that declares no length, as one sent in chunks."""

    def __init__(self, length: int) -> None:
        self.left = length

    def read(self, size: int = -1) -> bytes:
        taken = self.left if size < 0 else min(size, self.left)
        self.left -= taken
        return b" " * taken


def undeclared(length: int) -> tuple[ASGIRequest, Endless]:
    body = Endless(length)
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"transfer-encoding", b"chunked")]}
    return ASGIRequest(scope, body), body


def test_no_more_is_read_than_an_honest_request_needs() -> None:
    request, body = undeclared(10**9)
    with pytest.raises(BodyTooLarge):
        read_capped(request)
    assert body.left == 10**9 - MAX_BODY - 1


def test_a_body_without_a_declared_length_can_be_read_again() -> None:
    request, _ = undeclared(MAX_BODY)
    assert read_capped(request) == request.body == request.read() == b" " * MAX_BODY
