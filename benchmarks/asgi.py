"""GET under ASGI: the same view, middleware and tokens through Django's ASGI handler, in process.

Beside them a plain synchronous and a plain asynchronous view, each without and with authentication.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import project
from .measure import Case, Environ

Handler = Callable[..., Any]
SYNC, ASYNC = "plain view", "plain view, async"
"""What the authenticated view of each kind is compared with."""


class _Answer(list[bytes]):
    """What `benchmarks.measure` reads and closes."""

    def close(self) -> None:
        """Nothing is left to close."""


def get(user: Any) -> list[Case]:
    """The cases; the loop is one for all."""
    from rest_framework_simplejwt.tokens import AccessToken

    from django_bearer import issue_session

    loop = asyncio.new_event_loop()
    standard, ours = _handler(loop, project.DJANGO_MIDDLEWARE), _handler(loop, project.OUR_MIDDLEWARE)
    bearer = f"Bearer {issue_session(user).access_token}"
    return [
        _case("no authentication", standard, "/none/"),
        _case("django-bearer", ours, "/bearer/", bearer),
        _case(SYNC, standard, "/plain/none/", baseline=SYNC),
        _case(f"{SYNC}, django-bearer", ours, "/plain/user/", bearer, baseline=SYNC),
        _case(ASYNC, standard, "/async/none/", baseline=ASYNC),
        _case(f"{ASYNC}, django-bearer", ours, "/async/user/", bearer, baseline=ASYNC),
        _case("simplejwt", standard, "/simplejwt/", f"Bearer {AccessToken.for_user(user)}"),
    ]


def _case(name: str, handler: Handler, path: str, authorization: str = "", baseline: str = "") -> Case:
    headers = [(b"host", b"testserver"), (b"accept", b"application/json")]
    if authorization:
        headers.append((b"authorization", authorization.encode()))
    scope: Environ = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "query_string": b"",
        "headers": headers,
        "client": ("203.0.113.7", 50000),
        "server": ("testserver", 443),
    }
    return Case(name, handler, lambda count: [dict(scope) for _ in range(count)], baseline, within=_pooled)


@contextmanager
def _pooled() -> Iterator[None]:
    """Connections come out of Django's pool: under ASGI each request has a thread of its own, and would open one."""
    from django.db import connections

    before = connections.settings["default"]
    connections.settings["default"] = {**before, "CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"min_size": 2}}}
    try:
        yield
    finally:
        connections.settings["default"] = before


def _handler(loop: asyncio.AbstractEventLoop, middleware: list[str]) -> Handler:
    """Django's ASGI handler, called as if it were a WSGI handler."""
    from django.core.handlers.asgi import ASGIHandler
    from django.test import override_settings

    with override_settings(MIDDLEWARE=middleware):
        application = ASGIHandler()

    def handle(scope: Environ, start: Callable[..., Any]) -> _Answer:
        loop.run_until_complete(_answer(application, scope, start))
        return _Answer()

    return handle


async def _answer(application: Any, scope: Environ, start: Callable[..., Any]) -> None:
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.get_running_loop().create_future()  # the client stays
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start(str(message["status"]), message["headers"])

    await application(scope, receive, send)
