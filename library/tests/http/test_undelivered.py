"""A client that hangs up while it logs in: the session that it never learns of ends (RFC 6749 section 10.3)."""

from __future__ import annotations

import io
import json
from typing import Any
from wsgiref.handlers import SimpleHandler

import pytest
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections

from django_bearer import issue_session, refresh_session
from django_bearer.models import SecurityEventRecord, Session
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(io.BytesIO):
    """A connection that fails from its nth write on."""

    def __init__(self, writes: int, error: type[BaseException]) -> None:
        super().__init__()
        self.left, self.error = writes, error

    def write(self, data: Any) -> int:
        self.left -= 1
        if self.left < 0:
            raise self.error("gone")
        return super().write(data)


@pytest.fixture(autouse=True)
def connection_stays() -> Any:
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_finished.connect(close_old_connections)


def serve(path: str, body: dict[str, str], out: Any) -> None:
    """The request through Django's WSGI application, written by the standard library's server."""
    raw = json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        "HTTPS": "on",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
    }
    handler = SimpleHandler(io.BytesIO(raw), out, io.StringIO(), environ)
    handler.run(WSGIHandler())


CREDENTIALS = {"username": "ann@example.com", "password": PASSWORD}


@pytest.mark.parametrize("path", ["/auth/login/", "/drf-auth/login/"])
@pytest.mark.parametrize("error", [BrokenPipeError, ConnectionResetError, ConnectionAbortedError])
@pytest.mark.parametrize("writes", [0, 1])
def test_a_failed_write_ends_the_session(path: str, error: type[OSError], writes: int, ann: Any) -> None:
    serve(path, CREDENTIALS, Broken(writes, error))
    row = Session.objects.get()
    assert row.revoked_cause == "not_delivered"
    assert SecurityEventRecord.objects.filter(kind="authn_session_revoked").count() == 1


@pytest.mark.parametrize("path", ["/auth/login/", "/drf-auth/login/"])
def test_an_answer_that_was_written_ends_nothing(path: str, ann: Any) -> None:
    out = io.BytesIO()
    serve(path, CREDENTIALS, out)
    assert b"access_token" in out.getvalue()
    assert Session.objects.get().revoked_at is None


def test_a_refresh_that_was_not_written_can_be_asked_for_again(ann: Any) -> None:
    """The grace period and the retry key are for that: the session goes on."""
    token = issue_session(ann).refresh_token or ""
    serve("/auth/refresh/", {"refresh_token": token}, Broken(0, BrokenPipeError))
    assert Session.objects.get().revoked_at is None
    assert refresh_session(token).refresh_token


def test_a_failed_write_of_a_refused_login_ends_nothing(ann: Any) -> None:
    issue_session(ann)
    serve("/auth/login/", {**CREDENTIALS, "password": "wrong"}, Broken(0, BrokenPipeError))
    assert Session.objects.get().revoked_at is None
