"""The code in docs/guide/closed.md, run as it stands behind the whole stack of middleware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import clear_url_caches, path

from django_bearer import issue_session
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "closed.md"
pytestmark = pytest.mark.django_db(transaction=True)
urlpatterns: list[Any] = []


def printed(containing: str) -> dict[str, Any]:
    [code] = [block.code for block in blocks(GUIDE) if containing in block.code]
    names: dict[str, Any] = {"__name__": "printed", "BEARER": {}}
    exec(code, names)
    return names


@pytest.fixture(autouse=True)
def _mounted(settings: Any) -> Iterator[None]:
    views = printed("class Prices")
    articles = {"get": "list", "post": "create"}
    urlpatterns[:] = [
        path("status/", views["health"]),
        path("prices/", views["Prices"].as_view()),
        path("articles/", views["Articles"].as_view(articles)),
        path("docs/schema/", lambda request: views["HttpResponse"]("the schema")),
        path("<slug:team>/members/", lambda request, team: views["HttpResponse"](team)),
    ]
    settings.REST_FRAMEWORK = printed("REST_FRAMEWORK")["REST_FRAMEWORK"]
    settings.BEARER = {**settings.BEARER, **printed("PUBLIC_PATHS")["BEARER"]}
    with override_settings(ROOT_URLCONF=__name__):
        clear_url_caches()
        yield
    urlpatterns.clear()
    clear_url_caches()


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("get", "/status/", 200),
        ("get", "/prices/", 200),
        ("get", "/articles/", 200),
        ("post", "/articles/", 401),
        ("get", "/docs/schema/", 200),
        ("get", "/docs/members/", 401),
    ],
)
def test_who_may_enter_is_as_the_guide_says(method: str, url: str, status: int, ann: Any) -> None:
    assert getattr(Client(enforce_csrf_checks=True), method)(url).status_code == status
    mine: Any = {"headers": {"Authorization": f"Bearer {issue_session(ann).access_token}"}}
    assert getattr(Client(enforce_csrf_checks=True), method)(url, **mine).status_code in (200, 201)
