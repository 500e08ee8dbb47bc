"""The endpoints of knox over ours, asked as knox's clients ask: Basic or a body, and the keyword `Token`."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_out
from django.test import Client
from knox.models import AuthToken

from django_bearer import ApiToken, Session, issue_api_token
from django_bearer_migrate import usage
from django_bearer_migrate.models import LegacyUse

from .conftest import PASSWORD
from .test_compat_simplejwt import PAGE, asks_for_a_factor
from .test_opaque_tokens import accepted, entries, of_knox  # noqa: F401 - a fixture
from .test_simplejwt import changed_password, deactivated, get

BASIC = {"Authorization": f"Basic {base64.b64encode(f'ann:{PASSWORD}'.encode()).decode()}"}


def login(client: Client | None = None, password: str = PASSWORD, **headers: str) -> Any:
    asked = {"username": "ann", "password": password}
    return (client or Client()).post("/knox/login/", asked, "application/json", secure=True, headers=headers)


def post(path: str, token: str, scheme: str = "Token", **headers: str) -> Any:
    return Client().post(path, secure=True, headers={"Authorization": f"{scheme} {token}", **headers})


def test_login_use_and_logout_of_an_app(ann: Any) -> None:
    found = login()
    assert (found.status_code, set(found.json())) == (200, {"token", "expiry"}), found.content
    token = found.json()["token"]
    assert get(token, scheme="Token").json() == {"user": "ann", "legacy": None}
    assert get(token, "/drf/", "token").json() == {"user": "ann"}
    assert not Session.objects.filter(revoked_at__isnull=True).exists()
    assert "no-store" in found["Cache-Control"]
    told: list[Any] = []
    user_logged_out.connect(told.append, weak=False, dispatch_uid="told")
    try:
        assert post("/knox/logout/", token).status_code == 204
    finally:
        user_logged_out.disconnect(dispatch_uid="told")
    assert get(token, scheme="Token").status_code == 401
    assert post("/knox/logout/", token).status_code == 401


def test_a_basic_header_logs_in_and_a_wrong_one_does_not(ann: Any) -> None:
    found = Client().post("/knox/login/", secure=True, headers=BASIC)
    assert get(found.json()["token"], scheme="Token").json()["user"] == "ann"
    for header in ("Basic x", "Basic YW5u", "Basic /w==", "Basic YW5uOndyb25n"):
        wrong = Client().post("/knox/login/", secure=True, headers={"Authorization": header})
        assert wrong.status_code in (400, 401), wrong.content
    both = Client().post("/knox/login/", {"username": "bob"}, "application/json", secure=True, headers=BASIC)
    assert both.status_code == 400


def test_a_wrong_password(ann: Any) -> None:
    found = login(password="wrong")
    assert (found.status_code, found.json()) == (401, {"detail": "Invalid username/password."})
    assert not ApiToken.objects.exists()


def test_the_old_settings_say_lifetime_form_user_and_limit(ann: Any, settings: Any) -> None:
    settings.REST_KNOX = {
        "TOKEN_TTL": timedelta(hours=1),
        "EXPIRY_DATETIME_FORMAT": "%Y",
        "USER_SERIALIZER": "knox.serializers.UserSerializer",
        "TOKEN_LIMIT_PER_USER": 2,
    }
    first = login().json()
    assert (len(first["expiry"]), first["user"]["username"]) == (4, "ann")
    row = ApiToken.objects.get()
    assert row.expires_at - row.created_at == 3600 * 1_000_000
    assert login().status_code == 200
    third = login()
    assert (third.status_code, list(third.json())) == (403, ["error"])
    assert ApiToken.objects.filter(revoked_at__isnull=True).count() == 2
    post("/knox/logout/", first["token"])
    assert login().status_code == 200


def test_a_login_beyond_the_limit_of_api_tokens_ends_the_one_unused_for_longest(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "API_TOKEN_LIMIT": 3}
    own = issue_api_token(ann, name="a script", expires_in=3600, scope=[]).token
    first, second = (login().json()["token"] for _ in range(2))
    assert get(first, scheme="Token").status_code == 200
    third = login()
    assert third.status_code == 200, third.content
    tokens = (own, first, second, third.json()["token"])
    assert [get(each, scheme="Token").status_code for each in tokens] == [200, 200, 401, 200]
    assert ApiToken.objects.filter(revoked_cause="replaced").count() == 1


def test_a_page_gets_a_cookie_and_an_access_token_of_minutes(ann: Any) -> None:
    client = Client()
    found = login(client, **PAGE)
    assert found.status_code == 200, found.content
    assert set(found.json()) == {"token", "expiry"}
    (cookie,) = [each for each in found.cookies if each.startswith("__Host-bearer")][:1]
    assert found.cookies[cookie].value not in found.content.decode()
    assert not ApiToken.objects.exists()
    headers = {"Authorization": f"Token {found.json()['token']}", **PAGE}
    assert client.get("/notes/", secure=True, headers=headers).status_code == 200
    out = client.post("/knox/logout/", {}, "application/json", secure=True, headers=headers)
    assert out.status_code == 204, out.content
    assert client.get("/notes/", secure=True, headers=headers).status_code == 401
    assert login(Client(), **{**PAGE, "Origin": "https://evil.example"}).status_code == 403


def test_a_step_that_this_dialect_cannot_say_is_refused(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": asks_for_a_factor}
    found = login()
    assert (found.status_code, set(found.json())) == (403, {"detail"})
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("how", [changed_password, deactivated])
def test_what_ends_the_token_of_a_login(ann: Any, how: Any) -> None:
    token = login().json()["token"]
    how(ann)
    assert get(token, scheme="Token").status_code == 401


def test_logout_of_an_old_token_deletes_its_row(ann: Any) -> None:
    one, other = of_knox(ann), of_knox(ann)
    assert post("/knox/logout/", one).status_code == 204
    assert AuthToken.objects.count() == 1
    assert (get(one, scheme="Token").status_code, get(other, scheme="Token").status_code) == (401, 200)


def test_logoutall(ann: Any, django_user_model: Any) -> None:
    bob = django_user_model.objects.create_user("bob", password=PASSWORD)
    of_bob, old, new = of_knox(bob), of_knox(ann), login().json()["token"]
    assert post("/knox/logoutall/", new).status_code == 204
    assert [get(each, scheme="Token").status_code for each in (old, new, of_bob)] == [401, 401, 200]
    assert AuthToken.objects.count() == 1
    assert post("/knox/logoutall/", new).status_code == 401


def test_after_the_date_all_of_it_is_over(ann: Any, settings: Any, later: Any) -> None:
    settings.BEARER_MIGRATE = entries(UNTIL="2020-01-01")
    assert login().status_code == 403
    settings.BEARER_MIGRATE = entries()
    token = login().json()["token"]
    later(91 * 86_400)
    assert get(token, scheme="Token").status_code == 401
    assert login().status_code == 403


def test_without_an_entry_nobody_logs_in(ann: Any, settings: Any) -> None:
    settings.BEARER_MIGRATE = {"authtoken": entries()["authtoken"]}
    assert login().status_code == 403
    assert not Session.objects.exists()


def test_logins_are_counted_by_client(ann: Any) -> None:
    login(**{"User-Agent": "okhttp/4"})
    usage.write()
    assert {(row.source, row.kind, row.client) for row in LegacyUse.objects.all()} == {("knox", "login", "okhttp")}


@pytest.mark.parametrize("path", ["/knox/login/", "/knox/logout/", "/knox/logoutall/", "/knox/trade/"])
def test_other_methods_and_nonsense(ann: Any, path: str) -> None:
    assert Client().get(path, secure=True).status_code == 405
    assert Client().post(path, "{", "application/json", secure=True).status_code in (400, 401)
    assert post(path, "nonsense").status_code in (400, 401)
    assert Client().post(path, secure=False, headers={"Authorization": "Token x"}).status_code in (400, 401)
