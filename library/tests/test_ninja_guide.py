"""The code in docs/guide/ninja.md, run as it stands."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import path

from django_bearer import issue_session
from django_bearer.primitives import clock
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "ninja.md"
urlpatterns: list[Any] = []


@pytest.fixture(autouse=True, scope="module")
def _mounted() -> None:
    """Made once: Ninja registers an API once a process."""
    [printed] = [block.code for block in blocks(GUIDE) if block.path == "mysite/api.py"]
    names: dict[str, Any] = {"__name__": "mysite.api"}
    exec(printed, names)
    [urls] = [block.code for block in blocks(GUIDE) if "urlpatterns" in block.code]
    exec(urls.replace("from mysite.api import api\n", ""), {"urlpatterns": urlpatterns, "path": path, **names})


@pytest.mark.django_db(transaction=True)
def test_the_guide(ann: Any) -> None:
    token = issue_session(ann, scope=["notes:write"]).access_token
    mine: Any = {"headers": {"Authorization": f"Bearer {token}"}}
    with override_settings(ROOT_URLCONF=__name__):
        client = Client()
        note = {"data": {"text": "tea"}, "content_type": "application/json"}
        assert client.get("/api/notes", **mine).json() == {"of": "ann@example.com"}
        assert client.post("/api/notes", **note, **mine).json() == {"added": "tea", "by": "ann@example.com"}
        assert client.delete("/api/account", **mine).status_code == 200
        assert [client.get("/api/price", **who).json()["price"] for who in ({}, mine)] == [10, 9]
        assert client.get("/api/docs").status_code == 401, "the page of the document is a route like others"
        for answer in (client.get("/api/notes"), client.post("/api/notes", **note), client.delete("/api/account")):
            assert answer.status_code == 401
        clock.advance(301)
        assert client.delete("/api/account", **mine).status_code == 401
        clock.reset()


def test_the_api_of_the_guide_is_one_that_a_newcomer_writes() -> None:
    [printed] = [block.code for block in blocks(GUIDE) if block.path == "mysite/api.py"]
    assert len(printed.splitlines()) <= 40


def test_the_endpoints_as_a_router() -> None:
    [printed] = [block.code for block in blocks(GUIDE) if "bearer_router()" in block.code]
    names: dict[str, Any] = {}
    exec(printed, names)
    assert "/auth/login/" in names["api"].get_openapi_schema(path_prefix="")["paths"]
