"""Threads that start at the same time, each with connections of its own, and the HTTP layer they call."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.handlers.base import BaseHandler
from django.db import connections
from django.test import RequestFactory

from tools.support.timeouts import HANG

T = TypeVar("T")
SIZE = 8


class ThreadGroup:
    """A pool of threads; a context manager that closes their connections at the end."""

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size)

    def __enter__(self) -> ThreadGroup:
        return self

    def __exit__(self, *_: object) -> None:
        self.run([connections.close_all] * self.size)
        self._pool.shutdown()

    def run(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Do every job in a thread of its own, all released at once; what they returned, in order."""
        gate = threading.Barrier(len(jobs))

        def at_once(job: Callable[[], T]) -> T:
            gate.wait(timeout=HANG)
            return job()

        return [future.result(timeout=HANG) for future in [self._pool.submit(at_once, job) for job in jobs]]


@dataclass(frozen=True)
class Reply:
    """What came back over HTTP."""

    status: int
    body: dict[str, Any]


class Api:
    """The test project as Django serves it, middleware and ATOMIC_REQUESTS included. Escaped errors are raised."""

    def __init__(self) -> None:
        self._handler = BaseHandler()
        self._handler.load_middleware()
        self._factory = RequestFactory()

    def post(
        self, path: str, body: dict[str, Any] | None = None, token: str = "", headers: dict[str, str] | None = None
    ) -> Reply:
        data = json.dumps(body or {})
        return self._send("post", path, token, headers or {}, data=data, content_type="application/json")

    def get(self, path: str, token: str = "") -> Reply:
        return self._send("get", path, token, {})

    def _send(self, method: str, path: str, token: str, headers: dict[str, str], **given: Any) -> Reply:
        if token:
            headers = {"Authorization": f"Bearer {token}", **headers}
        response = self._handler.get_response(getattr(self._factory, method)(path, headers=headers, **given))
        response.close()
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return Reply(response.status_code, json.loads(response.content) if is_json and response.content else {})

    def login(self, name: str, password: str) -> Reply:
        return self.post("/auth/login/", {"username": name, "password": password})

    def refresh(self, token: str, at: str = "/auth/") -> Reply:
        return self.post(f"{at}refresh/", {"refresh_token": token})
