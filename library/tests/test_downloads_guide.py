"""The code in docs/guide/downloads.md, run as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import clear_url_caches, include, path

from django_bearer import authenticate_token, issue_session
from django_bearer.errors import InvalidTicket
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "downloads.md"
urlpatterns: list[Any] = []


@pytest.fixture
def files(tmp_path: Path) -> Iterator[SimpleNamespace]:
    [printed] = [block.code for block in blocks(GUIDE) if block.path == "mysite/files.py"]
    names: dict[str, Any] = {"__name__": "mysite.files"}
    exec(printed, names)
    names["FOLDER"] = tmp_path
    [urls] = [block.code for block in blocks(GUIDE) if "urlpatterns" in block.code]
    urlpatterns[:] = [path("auth/", include("django_bearer.urls"))]
    exec(urls.replace("from mysite.files import film, invoice, news\n", ""), {**names, **globals()})
    clear_url_caches()
    with override_settings(ROOT_URLCONF=__name__):
        yield SimpleNamespace(**names)
    clear_url_caches()


def functions(word: str) -> SimpleNamespace:
    [code] = [block.code for block in blocks(GUIDE) if word in block.code]
    names: dict[str, Any] = {"__name__": "printed"}
    exec(code, names)
    return SimpleNamespace(**names)


@pytest.mark.django_db(transaction=True)
def test_the_guide(files: SimpleNamespace, ann: Any, tmp_path: Path) -> None:
    (tmp_path / f"{ann.pk}-7.pdf").write_bytes(b"paid")
    request: Any = RequestFactory().get("/")
    request.auth = authenticate_token(issue_session(ann).access_token)
    link = functions("link_to_invoice").link_to_invoice(request, 7).removeprefix("https://api.example.com")
    assert Client().get("/invoices/7/").status_code == 401
    assert b"".join(Client().get(link).streaming_content) == b"paid"  # type: ignore[arg-type]
    assert Client().get(link).status_code == 401

    def asked(purpose: str, place: str) -> str:
        headers: Any = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
        body = {"purpose": purpose, "path": place}
        found = Client().post("/auth/tickets/", body, content_type="application/json", headers=headers)
        return f"{place}?ticket={found.json()['ticket']}"

    browser = Client()
    film = browser.get(asked("media", "/films/dune.mp4"), secure=True)
    assert (film["X-Accel-Redirect"], film["Content-Type"]) == ("/protected-films/dune.mp4", "")
    assert browser.get("/films/dune.mp4", headers={"Range": "bytes=1-"}, secure=True).status_code == 200
    news = asked("events", "/news/")

    async def read() -> list[bytes]:
        stream: Any = await AsyncClient().get(news)
        return [part async for part in stream.streaming_content]

    assert async_to_sync(read)() == [b"data: hello ann@example.com\n\n"]
    socket = asked("socket", "/ws/").partition("=")[2]
    who = async_to_sync(functions("aredeem_ticket").who)
    assert who(socket, "/ws/") == ann
    with pytest.raises(InvalidTicket):
        who(socket, "/ws/")
