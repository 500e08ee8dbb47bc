"""The chat of the guide, as printed, behind uvicorn: a logout in one process closes the sockets of two."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tools.support.new_project import INSTALL, ROOT, NewProject, blocks
from tools.support.readme_steps import steps
from tools.support.timeouts import HANG

GUIDE = ROOT / "docs" / "guide" / "websockets.md"
SERVE = ("-m", "uvicorn", "mysite.asgi:application", "--port", "0")
PATH = "/ws/chat/"
EVERY = "from django_bearer.http import open_sockets\n\nopen_sockets.EVERY = 0.5\n"
"""Written into the project, so that the test does not wait for ten seconds."""


class Chat:
    """The two servers, and what a client does with them."""

    def __init__(self, urls: list[str]) -> None:
        self.urls = urls
        self.http = httpx.Client(base_url=urls[0], timeout=HANG)

    def login(self) -> dict[str, str]:
        found = self.http.post("/auth/login/", json={"username": "ann", "password": "correct horse"})
        return {"Authorization": f"Bearer {found.json()['access_token']}"}

    def ticket(self, headers: dict[str, str]) -> str:
        found = self.http.post("/auth/tickets/", json={"purpose": "socket", "path": PATH}, headers=headers)
        return f"?ticket={found.json()['ticket']}"

    def open(self, server: int, query: str = "", **more: Any) -> ClientConnection:
        url = self.urls[server].replace("http:", "ws:")
        return connect(f"{url}{PATH}{query}", open_timeout=HANG, **more)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    project = NewProject.start(tmp_path_factory.mktemp("chat")).follow(INSTALL).follow(GUIDE)
    project.write("mysite/asgi.py", EVERY, appended=True)
    project.shell(steps()[0])
    return project


@pytest.fixture(scope="module")
def chat(project: NewProject) -> Iterator[Chat]:
    with ExitStack() as stack:
        found = Chat([stack.enter_context(project.serving(*SERVE)) for _ in range(2)])
        stack.callback(found.http.close)
        yield found


def test_the_code_is_at_most_forty_lines() -> None:
    assert sum(len(block.code.splitlines()) for block in blocks(GUIDE) if block.path) <= 40


def test_people_talk(chat: Chat) -> None:
    headers = chat.login()
    offered: Any = {"subprotocols": ["django-bearer", f"bearer.{headers['Authorization'][7:]}"]}
    with (
        chat.open(0, additional_headers=headers) as one,
        chat.open(0, chat.ticket(headers), origin="https://api.example.com") as two,
        chat.open(0, **offered) as three,
        chat.open(0) as four,
    ):
        assert three.subprotocol == "django-bearer"
        four.send(json.dumps({"type": "bearer", "token": headers["Authorization"][7:]}))
        assert json.loads(four.recv(HANG))["type"] == "bearer"
        one.send(json.dumps({"text": "tea"}))
        for each in (one, two, three):
            assert json.loads(each.recv(HANG)) == {"type": "said", "by": "ann", "text": "tea"}


def test_nobody_else_gets_in(chat: Chat) -> None:
    headers = chat.login()
    used = chat.ticket(headers)
    with chat.open(0, used):
        pass
    refused: list[dict[str, Any]] = [
        {"query": used},
        {"additional_headers": {"Authorization": "Bearer garbage"}},
        {"additional_headers": headers, "origin": "https://evil.example"},
    ]
    for given in refused:
        with pytest.raises(InvalidStatus) as raised:
            chat.open(0, **given)
        assert raised.value.response.status_code == 403


def test_a_logout_closes_the_sockets_of_every_process(chat: Chat) -> None:
    headers = chat.login()
    with chat.open(0, chat.ticket(headers)) as one, chat.open(1, chat.ticket(headers)) as two:
        began = time.monotonic()
        assert chat.http.post("/auth/logout/", headers=headers).status_code == 204
        for each in (one, two):
            with pytest.raises(ConnectionClosed) as raised:
                each.recv(HANG)
            assert raised.value.rcvd is not None
            assert raised.value.rcvd.code == 4401
        assert time.monotonic() - began < HANG


def test_the_log_names_no_ticket(project: NewProject) -> None:
    with project.serving(*SERVE) as url:
        alone = Chat([url])
        headers = alone.login()
        with alone.open(0, alone.ticket(headers)):
            pass
        alone.http.get(f"/hello/{alone.ticket(headers)}&a=1")
        alone.http.close()
    log = (project.folder / "server.log").read_text()
    assert f'"WebSocket {PATH}" [accepted]' in log
    assert '"GET /hello/?a=1 HTTP/1.1" 401' in log
    assert "djb_tk_" not in log


def test_the_chat_of_the_guide_is_one_that_a_newcomer_writes() -> None:
    assert sum(len(block.code.splitlines()) for block in blocks(GUIDE) if block.path) <= 40
