"""The endpoints of simplejwt over ours: the same members and errors; a browser's refresh token is a cookie."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from django_bearer import Allow, Limit, LoginAttempt, Session
from django_bearer.accounts.login_policy import Step

from .conftest import PASSWORD
from .test_trades import get, post, trade

PAGE = {"Origin": "https://api.example.com", "Sec-Fetch-Site": "same-origin", "X-Bearer-Client": "first-party"}


def login(client: Client | None = None, **headers: str) -> Any:
    asked = {"username": "ann", "password": PASSWORD}
    return (client or Client()).post("/api/token/", asked, "application/json", secure=True, headers=headers)


def test_login_refresh_and_logout_of_an_app(ann: Any) -> None:
    found = login().json()
    assert set(found) == {"access", "refresh"}
    assert get(found["access"]).json() == {"user": "ann", "legacy": None}
    again = trade(found["refresh"])
    assert again.status_code == 200
    done = post({"refresh": again.json().get("refresh", found["refresh"])}, "/api/token/blacklist/")
    assert (done.status_code, done.json()) == (200, {})
    assert get(found["access"]).status_code == 401
    assert trade(found["refresh"]).json()["code"] == "token_not_valid"


def test_a_wrong_password(ann: Any) -> None:
    found = post({"username": "ann", "password": "wrong"}, "/api/token/")
    assert found.status_code == 401
    assert found.json() == {
        "detail": "No active account found with the given credentials",
        "code": "no_active_account",
    }
    missing = post({"username": "ann"}, "/api/token/")
    assert (missing.status_code, set(missing.json())) == (400, {"password"})


def test_a_browser_gets_a_cookie_and_a_placeholder(ann: Any) -> None:
    client = Client()
    found = login(client, **PAGE)
    assert found.status_code == 200, found.content
    assert found.json()["refresh"] == "cookie"
    (name,) = [each for each in found.cookies if each.startswith("__Host-bearer")][:1]
    assert found.cookies[name]["httponly"]
    assert found.cookies[name].value not in found.content.decode()
    again = client.post("/api/token/refresh/", {"refresh": "cookie"}, "application/json", secure=True, headers=PAGE)
    assert again.status_code == 200, again.content
    assert "access" in again.json()
    assert again.json().get("refresh", "cookie") == "cookie"


def asks_for_a_factor(attempt: LoginAttempt) -> Allow | Limit:
    return Limit(Step.SECOND_FACTOR)


def test_what_this_dialect_cannot_say_is_refused(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": asks_for_a_factor}
    found = login()
    assert (found.status_code, found.json()["code"]) == (401, "login_incomplete")
    assert "limited_token" not in found.json()


def test_verify(ann: Any) -> None:
    ours, old, refresh = login().json()["access"], str(AccessToken.for_user(ann)), RefreshToken.for_user(ann)
    for token in (ours, old, str(refresh)):
        found = post({"token": token}, "/api/token/verify/")
        assert (found.status_code, found.json()) == (200, {})
    refresh.blacklist()
    for token in (str(refresh), "a.b.c", old[:-3], "x"):
        found = post({"token": token}, "/api/token/verify/")
        assert (found.status_code, found.json()["code"]) == (401, "token_not_valid")


def test_an_old_refresh_token_is_spent_by_blacklisting(ann: Any) -> None:
    old = RefreshToken.for_user(ann)
    statuses = [post({"refresh": str(old)}, "/api/token/blacklist/").status_code for _ in range(2)]
    assert statuses == [200, 401]
    assert BlacklistedToken.objects.count() == 1
    assert trade(old).status_code == 401
    assert not Session.objects.exists()


def test_blacklisting_a_traded_token_ends_its_session(ann: Any) -> None:
    old = RefreshToken.for_user(ann)
    access = trade(old).json()["access"]
    assert post({"refresh": str(old)}, "/api/token/blacklist/").status_code == 200
    assert get(access).status_code == 401


def test_forms_are_taken_as_before(ann: Any) -> None:
    client, form = Client(), "application/x-www-form-urlencoded"
    found = client.post("/api/token/", f"username=ann&password={PASSWORD.replace(' ', '+')}", form, secure=True)
    assert found.status_code == 200, found.content
    again = client.post("/api/token/refresh/", f"refresh={found.json()['refresh']}", form, secure=True)
    assert again.status_code == 200, again.content
    old = client.post("/api/token/refresh/", f"refresh={RefreshToken.for_user(ann)}", form, secure=True)
    assert set(old.json()) == {"access", "refresh"}


@pytest.mark.parametrize(
    "path", ["/api/token/", "/api/token/refresh/", "/api/token/verify/", "/api/token/blacklist/"]
)
def test_other_methods_and_types(ann: Any, path: str) -> None:
    assert Client().get(path, secure=True).status_code == 405
    assert Client().post(path, "x", "text/plain", secure=True).status_code == 415
    assert Client().post(path, "{", "application/json", secure=True).status_code == 400
