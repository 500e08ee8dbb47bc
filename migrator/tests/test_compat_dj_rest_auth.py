"""The token endpoints of dj-rest-auth over ours, asked as its clients ask: keys, tokens in bodies, and cookies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken
from rest_framework.authtoken.models import Token
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from django_bearer import ApiToken, Session
from django_bearer_migrate.compat import dj_rest_auth

from .conftest import PASSWORD, bridge, day
from .test_compat_simplejwt import PAGE, asks_for_a_factor
from .test_opaque_tokens import entries
from .test_simplejwt import get

MIDDLEWARE = "django_bearer_migrate.compat.token_cookies.AccessCookieMiddleware"
COOKIES = {"USE_JWT": True, "JWT_AUTH_COOKIE": "app-auth", "JWT_AUTH_REFRESH_COOKIE": "app-refresh"}


@pytest.fixture(autouse=True)
def moving(fresh: None, settings: Any) -> None:
    settings.BEARER_MIGRATE = {**bridge(), "authtoken": entries()["authtoken"]}
    settings.MIDDLEWARE = [MIDDLEWARE, *settings.MIDDLEWARE]
    settings.REST_AUTH = {}


def send(path: str, given: Any = None, client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).post(f"/dj/{path}", given or {}, "application/json", secure=True, headers=headers)


def login(client: Client | None = None, password: str = PASSWORD, **headers: str) -> Any:
    return send("login/", {"username": "ann", "email": "", "password": password}, client, **headers)


def test_a_key_as_without_jwt(ann: Any) -> None:
    found = login()
    assert (found.status_code, set(found.json())) == (200, {"key"}), found.content
    key = found.json()["key"]
    assert get(key, "/dj/user/", "Token").json()["username"] == "ann"
    out = send("logout/", Authorization=f"Token {key}")
    assert (out.status_code, out.json()) == (200, {"detail": "Successfully logged out."})
    assert get(key, "/dj/user/", "Token").status_code == 401
    assert send("logout/").status_code == 400


def test_logout_of_an_old_key_deletes_it(ann: Any) -> None:
    key = str(Token.objects.create(user=ann).key)
    assert send("logout/", Authorization=f"Token {key}").status_code == 200
    assert not Token.objects.exists()
    assert get(key, scheme="Token").status_code == 401


def test_a_logout_that_cannot_end_the_token_says_so(ann: Any, settings: Any) -> None:
    settings.BEARER_MIGRATE = {**bridge(), **{name: entries()[name] for name in ("authtoken", "knox")}}
    key = str(AuthToken.objects.create(user=ann)[1])
    out = send("logout/", Authorization=f"Token {key}")
    assert (out.status_code, out.json()) == (400, {"detail": dj_rest_auth.ELSEWHERE})
    assert AuthToken.objects.exists()
    out = send("logout/", Authorization=f"Bearer {AccessToken.for_user(ann)}")
    assert (out.status_code, out.json()["detail"]) == (400, "Refresh token was not included in cookie data.")


@pytest.mark.parametrize("jwt", [True, False])
def test_wrong_credentials_and_a_login_by_address(ann: Any, settings: Any, jwt: bool, django_user_model: Any) -> None:
    settings.REST_AUTH = {"USE_JWT": jwt}
    found = login(password="wrong")
    assert (found.status_code, set(found.json())) == (400, {"non_field_errors"})
    ann.email = "ann@example.com"
    ann.save()
    by_address = {"email": "Ann@example.com", "password": PASSWORD}
    assert send("login/", by_address).status_code == 200
    django_user_model.objects.create_user("bob", "ann@example.com", "another password")
    assert send("login/", by_address).status_code == 400
    for nonsense in ("\0", "x" * 400, 5, ["a"]):
        assert send("login/", {"email": nonsense, "password": PASSWORD}).status_code == 400
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": asks_for_a_factor}
    assert (login().status_code, set(login().json())) == (400, {"non_field_errors"})


def test_tokens_in_bodies(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = {"USE_JWT": True, "JWT_AUTH_HTTPONLY": False, "JWT_AUTH_RETURN_EXPIRATION": True}
    found = login().json()
    assert set(found) == {"access", "refresh", "user", "access_expiration", "refresh_expiration"}
    assert (found["user"]["username"], get(found["access"]).status_code) == ("ann", 200)
    again = send("token/refresh/", {"refresh": found["refresh"]})
    assert (again.status_code, set(again.json()) >= {"access", "access_expiration"}) == (200, True), again.content
    assert send("token/verify/", {"token": found["access"]}).status_code == 200
    refresh = again.json().get("refresh", found["refresh"])
    assert send("logout/", {"refresh": refresh}).status_code == 200
    assert send("token/refresh/", {"refresh": refresh}).status_code == 401
    assert send("logout/").status_code == 401
    assert send("logout/", {"refresh": "1"}).status_code == 200  # RFC 7009 section 2.2: it is ended, whatever it was


def test_an_old_refresh_token_is_traded(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = {"USE_JWT": True, "JWT_AUTH_HTTPONLY": False}
    old = str(RefreshToken.for_user(ann))
    found = send("token/refresh/", {"refresh": old}).json()
    assert set(found) == {"access", "access_expiration", "refresh", "refresh_expiration"}
    assert get(found["access"]).json()["legacy"] is None
    assert send("token/refresh/", {"refresh": found["refresh"]}).status_code == 200


def test_an_app_with_cookies(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = {**COOKIES, "JWT_AUTH_REFRESH_COOKIE_PATH": "/dj/token/refresh/"}
    client = Client()
    found = login(client)
    assert found.json()["refresh"] == ""
    for name, path in (("app-auth", "/"), ("app-refresh", "/dj/token/refresh/")):
        cookie = found.cookies[name]
        assert (bool(cookie["secure"]), bool(cookie["httponly"]), cookie["path"]) == (True, True, path)
    assert client.get("/notes/", secure=True).json() == {"user": "ann", "legacy": None}
    again = send("token/refresh/", {}, client)
    assert (again.status_code, "refresh" in again.json()) == (200, False), again.content
    assert client.get("/notes/", secure=True).status_code == 200
    out = send("logout/", {}, client)
    assert out.status_code == 200
    assert {out.cookies[name].value for name in ("app-auth", "app-refresh")} == {""}
    assert not Session.objects.filter(revoked_at__isnull=True).exists()


def test_a_page_gets_our_cookie_and_no_refresh_token_of_any_kind(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = COOKIES
    client = Client()
    found = login(client, **PAGE)
    assert found.status_code == 200, found.content
    ours = [name for name in found.cookies if name.startswith("__Host-bearer")]
    assert ours
    assert "app-refresh" not in found.cookies
    assert found.json()["refresh"] == ""
    assert client.get("/notes/", secure=True, headers=PAGE).json()["user"] == "ann"
    again = send("token/refresh/", {}, client, **PAGE)
    assert (again.status_code, set(again.json())) == (200, {"access", "access_expiration"}), again.content
    assert send("logout/", {}, client, **PAGE).status_code == 200
    assert client.get("/notes/", secure=True, headers=PAGE).status_code == 401


def strict(ann: Any, **more: Any) -> Client:
    client = Client(enforce_csrf_checks=True)
    login(client)
    client.cookies["csrftoken"] = "a" * 32
    return client


def test_csrf_is_always_checked_whatever_the_old_settings_say(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = {**COOKIES, "JWT_AUTH_COOKIE_USE_CSRF": False}
    client, good = strict(ann), {"X-CSRFToken": "a" * 32, "Referer": "https://testserver/"}
    for path in ("/drf/", "/notes/"):
        assert client.get(path, secure=True).status_code == 200
        forged = client.post(path, {}, "application/json", secure=True)
        assert (forged.status_code, forged.json()["detail"][:11]) == (403, "CSRF Failed"), path
        assert client.post(path, {}, "application/json", secure=True, headers=good).status_code in (200, 405), path
        evil = {**good, "Origin": "https://evil.example"}
        assert client.post(path, {}, "application/json", secure=True, headers=evil).status_code == 403
    assert send("token/refresh/", {}, client).status_code == 403
    assert send("token/refresh/", {}, client, **good).status_code == 200
    assert login(client).status_code == 200  # a public view does without the cookie


def test_an_app_refreshes_by_its_cookie_with_the_token_and_no_referer(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = {**COOKIES, "JWT_AUTH_HTTPONLY": True}
    client = Client(enforce_csrf_checks=True)
    given = login(client).cookies["csrftoken"].value
    for left in ("both", "app-refresh"):
        if left != "both":
            del client.cookies["app-auth"]
        assert send("token/refresh/", {}, client).status_code == 403
        assert send("token/refresh/", {}, client, **{"X-CSRFToken": "b" * 32}).status_code == 403
        again = send("token/refresh/", {}, client, **{"X-CSRFToken": given, "User-Agent": "okhttp/4.12"})
        assert again.status_code == 200, again.content
    assert (
        client.post("/drf/", {}, "application/json", secure=True, headers={"X-CSRFToken": given}).status_code == 405
    )


@pytest.mark.parametrize(
    "sign",
    [
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Mode": "cors"},
        {"User-Agent": "Mozilla/5.0 (X11)"},
        {"Referer": ""},
        {"Referer": "https://evil.example/"},
        {"Origin": "null"},
        {"Origin": ""},
    ],
)
def test_whatever_may_be_a_browser_passes_djangos_whole_check(ann: Any, settings: Any, sign: dict[str, str]) -> None:
    settings.REST_AUTH = COOKIES
    client = strict(ann)
    assert (
        client.post(
            "/drf/", {}, "application/json", secure=True, headers={"X-CSRFToken": "a" * 32, **sign}
        ).status_code
        == 403
    )
    assert send("token/refresh/", {}, client, **{"X-CSRFToken": "a" * 32, **sign}).status_code in (401, 403)
    assert send("logout/", {}, client, **{"X-CSRFToken": "a" * 32, **sign}).status_code == 403


@pytest.mark.parametrize("headers", [{}, {**PAGE, "X-CSRFToken": "b" * 32}])
def test_a_logout_that_fails_the_check_says_so(ann: Any, settings: Any, headers: dict[str, str]) -> None:
    settings.REST_AUTH = COOKIES
    for name in ("app-auth", "app-refresh"):
        client = strict(ann)
        del client.cookies["app-refresh" if name == "app-auth" else "app-auth"]
        out = send("logout/", {}, client, **headers)
        assert (out.status_code, out.json()["detail"][:11]) == (403, "CSRF Failed"), name
        assert name not in out.cookies
        done = send("logout/", {}, client, **{"X-CSRFToken": "a" * 32})
        assert done.status_code == 200, done.content
    assert not Session.objects.filter(revoked_at__isnull=True).exists()


def test_csrf_tokens_in_the_session_fail_closed(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = COOKIES
    client = strict(ann)
    settings.CSRF_USE_SESSIONS = True
    found = client.post("/drf/", {}, "application/json", secure=True, headers={"X-CSRFToken": "a" * 32})
    assert (found.status_code, "CSRF_USE_SESSIONS" in found.json()["detail"]) == (403, True)
    assert client.get("/drf/", secure=True).status_code == 200


def test_the_cookie_opens_no_more_than_its_token(ann: Any, settings: Any, later: Any) -> None:
    settings.REST_AUTH = COOKIES
    ann.is_staff = ann.is_superuser = True
    ann.save()
    client = Client()
    client.cookies["app-auth"] = str(AccessToken.for_user(ann))  # from before the move
    assert client.get("/notes/", secure=True).json() == {"user": "ann", "legacy": "simplejwt"}
    assert client.get("/write/", secure=True).status_code == 403
    assert client.get("/admin/", secure=True).status_code == 403
    assert client.get("/notes/", secure=True, headers={"Authorization": "Bearer x"}).status_code == 401
    for nonsense in ("a b", "", "x" * 9000, "é", "a,b"):
        client.cookies["app-auth"] = nonsense
        assert client.get("/notes/", secure=True).status_code == 401


def test_after_the_date_no_cookie_is_read(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = COOKIES
    client = Client()
    login(client)
    settings.BEARER_MIGRATE = bridge(UNTIL=day(0))
    assert client.get("/notes/", secure=True).status_code == 401


def test_user_details(ann: Any, settings: Any) -> None:
    settings.REST_AUTH = {"USE_JWT": True}
    headers = {"Authorization": f"Bearer {login().json()['access']}"}
    client = Client()
    found = client.get("/dj/user/", secure=True, headers=headers).json()
    assert set(found) == {"pk", "username", "email", "first_name", "last_name"}
    given = {"first_name": "Ann", "email": "x@example.com"}
    changed = client.patch("/dj/user/", given, "application/json", secure=True, headers=headers)
    assert (changed.json()["first_name"], changed.json()["email"]) == ("Ann", "")
    assert client.get("/dj/user/", secure=True).status_code == 401


def test_a_login_is_a_session_that_ends_when_the_old_one_would(ann: Any, settings: Any, later: Any) -> None:
    settings.REST_AUTH = {"USE_JWT": True, "JWT_AUTH_HTTPONLY": False}
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "REFRESH_TOKEN_LIFETIME": timedelta(hours=1)}
    old = str(RefreshToken.for_user(ann))
    send("token/refresh/", {"refresh": old})
    row = Session.objects.get()
    assert row.ends_at - row.created_at <= 86_400 * 1_000_000
    assert not ApiToken.objects.exists()
