"""Routes that Django finds below an open folder though they were not written there: the folder opens none of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, re_path


def secret(request: HttpRequest, **_: Any) -> HttpResponse:
    return HttpResponse("secret")


class Hidden:
    """A URLconf of a request's own."""

    urlpatterns = (re_path(r"other/", secret),)


urlpatterns = [
    path("docs/<path:rest>", secret),
    re_path(r"docs/", include([re_path(r"deep/", secret)])),
    re_path(r"api/", include([path("users/", secret), re_path(r"^notes/$", secret)])),
    re_path(r"export/", secret),
    path("<slug:team>/members/", secret),
    re_path(r"^.*/list/$", secret),
    re_path(r"^my\-docs/1\.0/(?P<rest>.*)$", secret),
    re_path(r"^static/(?P<rest>.*)\.css$", secret),
    path("static/", include([path("app/", include([re_path(r"inner/", secret)]))])),
    re_path(r"^pages/", include([re_path(r"^(?P<rest>.*)$", secret)])),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def named(settings: Any) -> None:
    settings.STATIC_URL = "/static/"
    settings.BEARER = {**settings.BEARER, "PUBLIC_PATHS": ["/pages/", "/docs/", "/my-docs/1.0/"]}


@pytest.mark.parametrize("route", ["api/users/", "api/notes/", "export/", "export/x"])
@pytest.mark.parametrize("folder", ["/", "/static/", "/static/app/", "/pagesx/"])
def test_an_open_folder_before_a_route_without_beginning_opens_nothing(folder: str, route: str) -> None:
    answer = Client().get(folder + route)
    assert (answer.status_code, b"secret" in answer.content) == (401, False)


@pytest.mark.parametrize("folder", ["/static/", "/pages/../", "/docs/../"])
@pytest.mark.parametrize("route", ["members/", "x/list/"])
def test_nor_does_it_where_it_fills_a_routes_wildcard(folder: str, route: str) -> None:
    assert Client().get(folder + route).status_code == 401


@pytest.mark.parametrize("at", ["/docs/x", "/static/site.css", "/static/app/inner/", "/pages/a/b", "/my-docs/1.0/a"])
def test_what_really_lies_in_the_folder_is_open(at: str) -> None:
    assert Client().get(at).status_code == 200


def test_a_urlconf_of_the_requests_own_is_asked(settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.switching", *settings.MIDDLEWARE]
    assert Client().get("/static/other/").status_code == 401


def switching(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> Any:
        request.urlconf = Hidden  # type: ignore[assignment]
        return get_response(request)

    return middleware
