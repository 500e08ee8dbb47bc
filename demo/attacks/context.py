"""What every step uses: the running server, an HTTP client, and short functions for requests."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

from demo.running import Running
from django_bearer.primitives import clock


@dataclass
class Device:
    """One login and its tokens."""

    access: str
    refresh: str
    session: str


class Context:
    """The server, and a client for it."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.password = server.setup.password
        self.http = self.client(server.url)
        self._default_device: Device | None = None
        self._seen = 0
        self.keep: dict[str, str] = {}
        """Values that one step stores for a later one."""

    def client(self, base: str, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=base, verify=self.server.setup.trust(), timeout=120, trust_env=False, **options)

    def __enter__(self) -> Context:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self.http.close()

    def login(self, name: str, password: str | None = None, **more: Any) -> httpx.Response:
        body = {"username": name, "password": self.password if password is None else password}
        return self.http.post("/auth/login/", json=body, **more)

    def device(self, name: str) -> Device:
        """Log that user in on a new device."""
        answer = self.login(name).raise_for_status().json()
        return Device(answer["access_token"], answer["refresh_token"], answer["session_id"])

    def default_device(self) -> Device:
        """Ann's device. It stays logged in from step to step until something ends its session."""
        if self._default_device is None or self.notes(self._default_device.access).status_code == 401:
            self._default_device = self.device("ann")
        return self._default_device

    def notes(self, access: str, **more: Any) -> httpx.Response:
        return self.http.get("/notes/", headers=bearer(access), **more)

    def refresh(self, refresh_token: str, **more: str) -> httpx.Response:
        return self.http.post("/auth/refresh/", json={"refresh_token": refresh_token, **more})

    def seen(self) -> list[dict[str, Any]]:
        """What the server saw since this was asked last: each request, and the failed check of a refusal."""
        found: list[dict[str, Any]] = self.http.get("/seen/", params={"after": self._seen}).json()["seen"]
        self._seen = found[-1]["number"] if found else self._seen
        return found

    def later(self, seconds: float) -> None:
        """Advance the clock of the server and of this process, which acts as its operator."""
        self.server.advance(seconds)
        clock.advance(seconds)


def bearer(access: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access}"}


def said(answer: httpx.Response) -> str:
    """The status of an answer, and its error code if it has one."""
    kind = answer.headers.get("content-type", "")
    code = answer.json().get("code", "") if answer.status_code >= 400 and "json" in kind else ""
    return f"{answer.status_code} {code}".strip()


def refused(answer: httpx.Response, status: int = 401, code: str = "invalid_token") -> bool:
    return answer.status_code == status and answer.json()["code"] == code
