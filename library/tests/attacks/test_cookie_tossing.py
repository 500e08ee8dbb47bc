"""Cookies that a sibling host plants: a browser lets it set any name that does not begin with the prefix exactly."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from django_bearer import decode_token
from django_bearer.conf.clients import DEFAULT_CLIENT
from django_bearer.http import cookies
from tests.conftest import PASSWORD

HEADERS = {
    "Origin": "https://api.example.com",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "X-Bearer-Client": DEFAULT_CLIENT,
}
BLANKS = ["\xa0", "\x85", "\x1f", "\x0b", "\x0c"]
"""What `str.strip()` takes away and a browser takes for a part of the name, so that no prefix binds it."""


def login(name: str) -> tuple[str, str]:
    """The session's cookie in the browser that logged in."""
    body = {"username": name, "password": PASSWORD}
    answer = Client().post("/auth/login/", body, content_type="application/json", headers=HEADERS)
    [found] = [(n, m.value) for n, m in answer.cookies.items() if n != cookies.DEVICE]
    return found


def refresh(header: str) -> Any:
    client = Client(HTTP_COOKIE=header)
    return client.post("/auth/refresh/", {}, content_type="application/json", headers=HEADERS)


@pytest.fixture
def planted(ann: Any, django_user_model: Any) -> tuple[str, str]:
    mallory = django_user_model(**{django_user_model.USERNAME_FIELD: "mallory@example.com"})
    mallory.set_password(PASSWORD)
    mallory.save()
    return login("mallory@example.com")


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_before_the_name_makes_no_cookie_ours(blank: str, planted: tuple[str, str]) -> None:
    name, token = planted
    answer = refresh(f"a=b; {blank}{name}={token}")
    assert answer.json()["code"] == "session_ended"


@pytest.mark.parametrize("blank", BLANKS)
def test_nor_takes_the_place_of_one_that_is(blank: str, ann: Any, planted: tuple[str, str]) -> None:
    name, token = login("ann@example.com")
    spoiled = f"{blank}{name}={planted[1]}; {blank}{planted[0]}={planted[1]}"
    answer = refresh(f"{spoiled}; {name}={token}")
    assert decode_token(answer.json()["access_token"]).sub == str(ann.pk)


@pytest.mark.parametrize("blank", [*BLANKS, "\u2000".encode().decode("latin-1"), "\x1f\xa0"])
@pytest.mark.parametrize("name", [cookies.DEVICE, cookies.DEVICE.upper()])
def test_nor_does_a_view_see_it_under_our_name(blank: str, name: str) -> None:
    request: HttpRequest = RequestFactory(HTTP_COOKIE=f"a=b; {blank}{name}=x; theirs=c").get("/")
    assert cookies.extract(request) == {}
    assert request.COOKIES == {"a": "b", "theirs": "c"}


def test_blanks_of_the_header_itself_are_taken_away() -> None:
    request: HttpRequest = RequestFactory(HTTP_COOKIE=f"a=b; \t {cookies.DEVICE}=x ").get("/")
    assert cookies.extract(request) == {cookies.DEVICE: "x"}
