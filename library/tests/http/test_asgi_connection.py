"""Under ASGI: a client that goes while it logs in leaves no session, and one that has its answer keeps it."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import warnings
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from django.db import connections

from django_bearer import Allow, LoginAttempt
from django_bearer.http import asgi_connection
from django_bearer.http.asgi_connection import Connection
from django_bearer.models import Session
from tests.conftest import PASSWORD
from tools.support.timeouts import HANG

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        get_user_model().__module__ != "django.contrib.auth.models", reason="each server asks as Django's own user"
    ),
]


class Server:
    """An ASGI server with one request, whose client goes when `leaves` says so."""

    def __init__(self, path: str, leaves: str) -> None:
        self.path, self.leaves = path, leaves
        self.body = json.dumps({"username": "ann@example.com", "password": PASSWORD}).encode()
        self.messages: list[dict[str, Any]] = []
        self.asked, self.told = asyncio.Event(), threading.Event()
        self.complete = asyncio.Event()
        self.sent_body = False

    def policy(self, attempt: LoginAttempt) -> Allow:
        """Runs in the view's thread, with the password checked and nothing stored yet."""
        if self.leaves == "meanwhile":
            self.loop.call_soon_threadsafe(self.asked.set)
            assert self.told.wait(HANG)
        return Allow()

    async def receive(self) -> dict[str, Any]:
        if not self.sent_body:
            self.sent_body = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await (self.asked if self.leaves == "meanwhile" else self.complete).wait()
        self.loop.call_soon(self.told.set)
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        if self.leaves == "while_it_is_sent" or not message.get("more_body", message["type"].endswith("start")):
            self.complete.set()

    async def run(self) -> None:
        self.loop = asyncio.get_running_loop()
        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        headers.append((b"content-length", str(len(self.body)).encode()))
        scope = {
            "type": "http",
            "method": "POST",
            "path": self.path,
            "scheme": "https",
            "headers": headers,
            "query_string": b"",
            "client": ["127.0.0.1", 1],
            "server": ["testserver", 443],
        }
        await get_asgi_application()(scope, self.receive, self.send)


def serve(path: str, leaves: str, settings: Any) -> Server:
    async def run() -> Server:
        server = Server(path, leaves)
        settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": server.policy}
        await server.run()
        return server

    with warnings.catch_warnings():  # Django closes no connection of a request that it cancels
        warnings.filterwarnings("ignore", "unclosed database", ResourceWarning)
        try:
            return asyncio.run(run())
        finally:
            connections.close_all()
            gc.collect()


@pytest.mark.parametrize("path", ["/auth/login/", "/drf-auth/login/"])
def test_a_client_that_goes_meanwhile_leaves_no_session(path: str, ann: Any, settings: Any) -> None:
    serve(path, "meanwhile", settings)
    row = Session.objects.get()
    assert row.revoked_cause == "not_delivered"


@pytest.mark.parametrize("leaves", ["afterwards", "while_it_is_sent"])
def test_a_client_that_may_have_its_answer_keeps_its_session(leaves: str, ann: Any, settings: Any) -> None:
    """A server says that the client has gone when the answer is written, too."""
    server = serve("/auth/login/", leaves, settings)
    assert server.messages[0]["status"] == 200
    assert Session.objects.get().revoked_at is None


def test_what_is_told_late_is_undone_at_once_and_once() -> None:
    connection, done = Connection(), []
    connection.when_gone(lambda: done.append("early"))
    assert done == []
    connection.gone = True
    connection.when_gone(lambda: done.append("late"))
    connection.settle()
    assert sorted(done) == ["early", "late"]


def test_what_cannot_be_undone_is_logged_and_keeps_nothing_else_from_it(caplog: Any) -> None:
    connection, done = Connection(), []

    def fail() -> None:
        raise OSError

    connection.when_gone(lambda: done.append(True))
    connection.when_gone(fail)
    connection.settle()
    assert done == [True]
    assert "not taken back: OSError" in caplog.text


def test_it_is_put_in_place_once() -> None:
    before = ASGIHandler.handle
    asgi_connection.connect()
    assert ASGIHandler.handle is before
