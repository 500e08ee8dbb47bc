"""Pages at the compatible endpoints: an old token becomes a session in the cookie; pages that cannot be changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken
from rest_framework_simplejwt.tokens import RefreshToken

from django_bearer import Session

from .conftest import PASSWORD, day
from .test_compat_simplejwt import PAGE
from .test_trades import get, trade

OLD_PAGE = "https://old.example.com"
URL = "/api/token/refresh/"


def send(client: Client, path: str, members: Any, **headers: str) -> Any:
    return client.post(path, members, "application/json", secure=True, headers=headers)


def refresh(client: Client, token: Any, **headers: str) -> Any:
    return send(client, URL, {"refresh": str(token)}, **headers)


def test_the_old_token_of_a_page_becomes_a_session_in_the_cookie(ann: Any, later: Any) -> None:
    client, old = Client(), RefreshToken.for_user(ann)
    found = refresh(client, old, **PAGE)
    assert (found.status_code, found.json()["refresh"]) == (200, "cookie"), found.content
    (cookie,) = found.cookies.values()
    assert cookie.key.startswith("__Host-bearer-")
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert cookie.value not in found.content.decode()
    row = Session.objects.get()
    assert (row.delivery, row.ends_at, row.authenticated_at) == (2, old["exp"] * 1_000_000, 0)
    assert 0 < cookie["max-age"] <= old.lifetime.total_seconds()
    assert get(found.json()["access"]).json() == {"user": "ann", "legacy": None}
    for _ in range(3):  # a page that stores nothing new sends its old token again and again
        again = refresh(client, old, **PAGE)
        assert (again.status_code, again.json().get("refresh", "cookie")) == (200, "cookie"), again.content
        later(40)
    assert Session.objects.get().generation > 1
    assert send(client, "/auth/refresh/", {}, **PAGE).status_code == 200
    assert Session.objects.get().revoked_at is None


def test_a_lost_cookie_is_set_again_to_a_page_and_never_shown(ann: Any, later: Any) -> None:
    old = RefreshToken.for_user(ann)
    first = refresh(Client(), old, **PAGE)
    again = refresh(Client(), old, **PAGE)
    assert [each.value for each in again.cookies.values()] == [each.value for each in first.cookies.values()]
    token = next(iter(first.cookies.values())).value
    for answer in (trade(old), refresh(Client(), old, Origin=PAGE["Origin"])):
        assert answer.status_code == 401
        assert token not in answer.content.decode()
    later(11)
    assert refresh(Client(), old, **PAGE).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"X-Bearer-Client": "another"},
        {"X-Bearer-Client": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Mode": "navigate"},
    ],
)
def test_a_request_that_may_be_forged_sets_no_cookie(ann: Any, change: dict[str, str]) -> None:
    found = refresh(Client(), RefreshToken.for_user(ann), **{**PAGE, **change})
    assert (set(found.json()), len(found.cookies)) == ({"access"}, 0)
    assert not Session.objects.exists()
    assert not BlacklistedToken.objects.exists()


def test_a_page_that_logs_out_with_its_old_token_ends_the_session(ann: Any) -> None:
    client, old = Client(), RefreshToken.for_user(ann)
    refresh(client, old, **PAGE)
    assert send(client, "/api/token/blacklist/", {"refresh": str(old)}, **PAGE).status_code == 200
    assert Session.objects.get().revoked_at is not None
    assert refresh(client, old, **PAGE).status_code == 401


@pytest.fixture
def old_page(ann: Any, settings: Any) -> dict[str, str]:
    old = {"kind": "legacy-browser", "origins": [OLD_PAGE], "until": day(20)}
    settings.BEARER = {**settings.BEARER, "CLIENTS": {**settings.BEARER["CLIENTS"], "old-page": old}}
    return {"Origin": OLD_PAGE, "Sec-Fetch-Site": "same-site"}


CREDENTIALS = {"username": "ann", "password": PASSWORD}


def test_a_page_that_cannot_be_changed_goes_on_until_its_date(old_page: dict[str, str], later: Any) -> None:
    client = Client()
    found = send(client, "/api/token/", CREDENTIALS, **old_page)
    assert found.status_code == 200, found.content
    assert (set(found.json()), len(found.cookies)) == ({"access", "refresh"}, 0)
    row = Session.objects.get()
    assert (row.client_id, row.delivery, row.ends_at % 86_400_000_000) == ("old-page", 1, 0)
    again = refresh(client, found.json()["refresh"], **old_page)
    assert again.status_code == 200, again.content
    token = again.json()["refresh"]
    assert get(again.json()["access"]).status_code == 200
    wrong = send(client, "/api/token/", {**CREDENTIALS, "password": "x"}, **old_page)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "no_active_account")
    assert send(client, "/api/token/", {"username": "ann"}, **old_page).status_code == 400
    assert (
        send(client, "/auth/refresh/", {"refresh_token": token, "client_id": "old-page"}, **old_page).status_code
        == 403
    )
    later(21 * 86_400)
    assert refresh(client, token, **old_page).status_code in (401, 403)
    assert "refresh" not in send(client, "/api/token/", CREDENTIALS, **old_page).json()


def test_another_page_gets_no_refresh_token_in_a_body(old_page: dict[str, str]) -> None:
    for origin in ("https://old.example.com.evil.example", "http://old.example.com", "null", PAGE["Origin"]):
        found = send(Client(), "/api/token/", CREDENTIALS, **{**PAGE, "Origin": origin})
        assert found.json().get("refresh", "cookie") == "cookie"
    named = send(Client(), "/api/token/", CREDENTIALS, **old_page, **{"X-Bearer-Client": "first-party"})
    assert "refresh" not in named.json()


def test_its_logout_ends_the_session_also_with_a_spent_token(old_page: dict[str, str], later: Any) -> None:
    client = Client()
    for spent in (False, True):
        token = send(client, "/api/token/", CREDENTIALS, **old_page).json()["refresh"]
        if spent:
            refresh(client, token, **old_page)
            later(60)
        done = send(client, "/api/token/blacklist/", {"refresh": token}, **old_page)
        assert done.status_code == (401 if spent else 200), done.content
        assert Session.objects.latest("created_at").revoked_at is not None


def test_its_old_token_becomes_a_session_in_the_body(ann: Any, old_page: dict[str, str]) -> None:
    old = RefreshToken.for_user(ann)
    found = refresh(Client(), old, **old_page)
    assert (set(found.json()), len(found.cookies)) == ({"access", "refresh"}, 0)
    assert Session.objects.get().client_id == "old-page"
    assert trade(old).status_code == 401  # not to an app
    assert refresh(Client(), old, **old_page).json() == found.json()
