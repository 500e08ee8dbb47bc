"""`TOKEN_HEADER`: the token in another header, and in no second one (RFC 6750 section 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import include, path
from django.views.debug import SafeExceptionReporterFilter

from django_bearer import conf, issue_session
from django_bearer.testing import Bearer

NAME = "X-Api-Authorization"
BASIC = "Basic c3RhZ2luZzpzdGFnaW5n"


def shown(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"user": str(request.user), "headers": sorted(request.headers), "meta": sorted(request.META)})


urlpatterns = [path("shown/", shown), path("", include("tests.urls"))]


@pytest.fixture(autouse=True)
def named() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__, BEARER={**settings.BEARER, "TOKEN_HEADER": NAME}):
        yield


@pytest.fixture
def token(ann: Any) -> str:
    return f"Bearer {issue_session(ann).access_token}"


def get(where: str, **headers: str) -> Any:
    return Client().get(where, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("where", ["/plain/", "/drf/", "/shown/"])
def test_the_token_comes_beside_the_proxys_password(where: str, token: str) -> None:
    assert get(where, X_Api_Authorization=token, Authorization=BASIC).status_code == 200


def test_under_asgi_too(token: str) -> None:
    headers = {NAME: token, "Authorization": BASIC}
    assert async_to_sync(AsyncClient().get)("/shown/", headers=headers).status_code == 200


def test_authorization_is_no_second_way_in(token: str) -> None:
    """Two headers that are both read are two tokens that may disagree."""
    assert get("/plain/", Authorization=token).status_code == 401
    other = get("/plain/", X_Api_Authorization="Bearer bad", Authorization=token)
    assert other.status_code == 401
    assert other.json()["code"] == "invalid_token"


def test_everything_that_is_refused_in_authorization_is_refused_there(token: str) -> None:
    assert get("/plain/", X_Api_Authorization=f"{token}, {token}").json()["code"] == "multiple_credentials"
    with override_settings(BEARER={**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}):
        assert get("/plain/", X_Api_Authorization=token).json()["code"] == "transport_unknown"


def faults(**changes: Any) -> str:
    with override_settings(BEARER={**settings.BEARER, **changes}):
        return "\n".join(conf.faults())


def test_no_cache_answers_one_user_with_the_page_of_another(token: str) -> None:
    """Behind the proxy all share one Authorization, so a cache that varies on that alone would."""
    answer = get("/plain/", X_Api_Authorization=token, Authorization=BASIC)
    names = {one.strip() for one in answer["Vary"].split(",")}
    assert {NAME, "Authorization", "Cookie"} <= names
    assert NAME in get("/who/")["Vary"] or "Authorization" not in get("/who/").get("Vary", "")


def test_the_header_stands_in_one_place_that_every_tool_hides(token: str) -> None:
    found = get("/shown/", X_Api_Authorization=token, Authorization=BASIC).json()
    assert "HTTP_X_API_AUTHORIZATION" not in found["meta"]
    assert NAME not in found["headers"]


def test_the_test_fixture_uses_it(ann: Any) -> None:
    with Bearer() as bearer:
        assert list(bearer.headers(ann)) == [NAME]
        assert bearer.client(ann).get("/plain/").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        *("authorization", "Proxy-Authorization", "X-CSRFToken", "WWW-Authenticate", "Cookie", "X-Forwarded-For"),
        *("X_Auth", "X-Auth ", "", "Schlüssel-Token", "X-Key", 7, "token-" + "a" * 50),
    ],
)
def test_names_that_are_refused(name: Any) -> None:
    assert "TOKEN_HEADER" in faults(TOKEN_HEADER=name)


@pytest.mark.parametrize("name", ["X-Authorization", "X-Auth", "Staging-Token"])
def test_djangos_error_page_hides_what_is_allowed(name: str) -> None:
    assert faults(TOKEN_HEADER=name) == ""
    hidden: re.Pattern[str] = SafeExceptionReporterFilter.hidden_settings
    assert hidden.search("HTTP_" + name.upper().replace("-", "_"))


def test_without_it_nothing_is_moved(token: str) -> None:
    usual = {name: value for name, value in settings.BEARER.items() if name != "TOKEN_HEADER"}
    with override_settings(BEARER=usual):
        _both_ways(token)


def _both_ways(token: str) -> None:
    assert conf.current().token_header == "Authorization"
    assert get("/plain/", Authorization=token).status_code == 200
    assert get("/plain/", X_Api_Authorization=token).status_code == 401
