"""What every test stands on: a server, in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from django_bearer.primitives import clock as server_clock
from django_bearer_client import BearerAuth, TokenFile, clock
from tools.support.timeouts import HANG

PASSWORD = "correct horse"
API = "https://api.example.com"
HERE = Path(__file__).parents[1]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def unshifted() -> Iterator[None]:
    yield
    server_clock.reset()


@pytest.fixture
def ann(transactional_db: None) -> Any:
    from django.contrib.auth.models import User

    return User.objects.create_user("ann", password=PASSWORD)


class Served(httpx.BaseTransport):
    """The project in this process, with the requests that it got, and a clock for client and server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from django.core.wsgi import get_wsgi_application

        self.asked: list[httpx.Request] = []
        self.lose: list[str] = []
        """Paths whose next answer does not arrive."""
        self._wsgi = httpx.WSGITransport(get_wsgi_application())
        self.transport = self
        server_clock.reset()
        self._now = server_clock.now() / server_clock.SECOND
        self._steady = 1000.0
        monkeypatch.setattr(clock, "now", lambda: self._now)
        monkeypatch.setattr(clock, "monotonic", lambda: self._steady)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        response = self._wsgi.handle_request(request)
        if request.url.path in self.lose:
            self.lose.remove(request.url.path)
            response.read()
            raise httpx.ReadError("the connection was lost", request=request)
        return response

    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]

    def advance(self, seconds: float) -> None:
        server_clock.advance(seconds)
        self._now += seconds
        self._steady += seconds

    def auth(self, store: Any = None, **options: Any) -> BearerAuth:
        return BearerAuth(API, store, **{"transport": self.transport, **options})

    def client(self, auth: BearerAuth, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=API, auth=auth, transport=self.transport, timeout=HANG, **options)


@pytest.fixture
def served(ann: Any, monkeypatch: pytest.MonkeyPatch) -> Served:
    found = Served(monkeypatch)
    # What waits for the server waits by the same clock.
    monkeypatch.setattr("django_bearer_client.requests_sync.wait", found.advance)
    return found


@pytest.fixture
def store(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "notes.tokens")


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server in a process of its own."""
    command = [sys.executable, "-m", "tests.server", str(tmp_path_factory.mktemp("server") / "db.sqlite3")]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith("http://"), "the server did not start"
        try:
            yield line
        finally:
            process.terminate()
