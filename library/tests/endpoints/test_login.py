"""Login: one refusal for every reason, counted before anything is hashed (ASVS 6.3.8, RL-06, CS-01)."""

from __future__ import annotations

import logging
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import signals
from django.test import Client

from django_bearer.models import Session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD

ENDPOINTS = ["/auth/login/", "/drf-auth/login/"]


def login(endpoint: str = ENDPOINTS[0], name: str = "ann@example.com", password: str = PASSWORD, **extra: Any) -> Any:
    body = {"username": name, "password": password, **extra.pop("body", {})}
    return Client().post(endpoint, body, content_type="application/json", **extra)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_tokens_are_handed_out_once_and_never_stored(endpoint: str, ann: Any) -> None:
    found = login(endpoint)
    assert found.status_code == 200
    assert found["Cache-Control"] == "no-store"
    members = found.json()
    assert (members["token_type"], members["expires_in"]) == ("Bearer", 300)
    assert members["session_id"] == str(Session.objects.get().pk)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_unknown_user_wrong_password_and_inactive_account_are_one_answer(
    endpoint: str, ann: Any, django_user_model: Any
) -> None:
    django_user_model.objects.create_user("gone", password=PASSWORD, is_active=False)
    answers = [login(endpoint, password="wrong"), login(endpoint, name="nobody"), login(endpoint, name="gone")]
    assert {found.status_code for found in answers} == {401}
    assert len({found.content for found in answers}) == 1
    assert answers[0].json()["code"] == "invalid_credentials"
    assert not Session.objects.exists()


def test_unknown_user_costs_a_hash_like_a_known_one(ann: Any) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    calls = []
    for name in ("ann@example.com", "nobody"):
        with patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode) as encode:
            login(name=name, password="wrong")
        calls.append(encode.call_count)
    assert calls[0] == calls[1] > 0


def test_twenty_wrong_passwords_meet_the_throttle_before_the_hasher(ann: Any) -> None:
    answers = [login(password="wrong") for _ in range(20)]
    assert [found.status_code for found in answers] == [401] * 10 + [429] * 10
    assert int(answers[-1]["Retry-After"]) > 0
    with patch("django_bearer.http.password_login.authenticate") as authenticate:
        assert login().status_code == 429
    authenticate.assert_not_called()


@pytest.mark.parametrize("name", ["ANN@example.com", "ann@EXAMPLE.com ", "ann+x@example.com", "\uff41nn@example.com"])
def test_spellings_of_a_name_share_one_count(name: str, ann: Any) -> None:
    for _ in range(10):
        login(password="wrong")
    assert login(name=name, password="wrong").status_code == 429


def test_forwarded_headers_start_no_new_count(ann: Any) -> None:
    codes = [
        login(
            password="wrong", headers={"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}"}
        ).status_code
        for n in range(12)
    ]
    assert codes[-2:] == [429, 429]


def test_success_forgives_the_account_from_this_source(ann: Any) -> None:
    for _ in range(9):
        login(password="wrong")
    assert [login().status_code for _ in range(12)] == [200] * 12
    assert [login(password="wrong").status_code for _ in range(11)] == [401] * 10 + [429]


def test_the_wait_named_is_long_enough(ann: Any) -> None:
    with clock.frozen():
        for _ in range(10):
            login(password="wrong")
        clock.advance(int(login()["Retry-After"]))
        assert login().status_code == 200


def test_another_address_is_not_limited(ann: Any) -> None:
    for _ in range(10):
        login(password="wrong")
    assert login(REMOTE_ADDR="127.0.0.2").status_code == 200


def test_spraying_from_one_source_is_stopped(db: Any) -> None:
    codes = [login(name=f"user{n}", password="x").status_code for n in range(61)]
    assert codes[59:] == [401, 429]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "body",
    [
        {"username": None},
        {"username": ["ann"]},
        {"username": ""},
        {"password": None},
        {"password": {}},
        {"password": ""},
        {"username": "a\x00b"},
        {"username": "\ud800"},
        {"password": "x" * 5000},
        {"scope": ["notes:read"]},
    ],
)
def test_members_of_the_wrong_type_are_a_clear_400(endpoint: str, body: Any, ann: Any) -> None:
    found = login(endpoint, body=body)
    assert (found.status_code, found.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"a":1,"a":2}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"a":NaN}', "application/json", 400),
        (b"[" * 300, "application/json", 400),
        (b"username=ann", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b'{"username": "' + b"x" * 20_000 + b'"}', "application/json", 413),
    ],
)
def test_bodies_that_are_no_small_json_object(endpoint: str, raw: bytes, kind: str, status: int, db: Any) -> None:
    found = Client().post(endpoint, raw, content_type=kind)
    assert found.status_code == status


def test_get_is_not_answered(db: Any) -> None:
    found = Client().get(ENDPOINTS[0])
    assert (found.status_code, found["Allow"]) == (405, "POST")


def test_django_hears_of_the_login(ann: Any) -> None:
    events_of: list[Any] = []

    def hear(sender: Any, request: Any, user: Any, **_: Any) -> None:
        events_of.append((request.path, user))

    signals.user_logged_in.connect(hear)
    try:
        login()
    finally:
        signals.user_logged_in.disconnect(hear)
    assert events_of == [(ENDPOINTS[0], ann)]
    ann.refresh_from_db()
    assert ann.last_login is not None


def test_scope_asked_for_beyond_the_settings_is_refused(ann: Any) -> None:
    assert login(body={"scope": "notes:read"}).json()["scope"] == "notes:read"
    assert login(body={"scope": "root"}).json()["code"] == "invalid_scope"


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_a_page_in_a_browser_gets_no_refresh_token(header: str, ann: Any) -> None:
    found = login(headers={header: "https://app.example.com"})
    assert (found.status_code, found.json()["code"]) == (403, "origin_refused")


def test_nodes_fetch_is_no_browser(ann: Any) -> None:
    assert login(headers={"Sec-Fetch-Mode": "cors"}).status_code == 200


def test_what_was_typed_is_not_in_the_log(ann: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    login(name="my-secret-typed-as-name", password="my-other-secret")
    login(name="ann@example.com", password="my-other-secret")
    assert "my-secret" not in caplog.text
    assert "my-other" not in caplog.text
    assert "authn_login_fail" in caplog.text


def test_a_subclass_may_ask_for_more_and_skip_nothing(ann: Any, rf: Any) -> None:
    from rest_framework import serializers

    from django_bearer.integrations.drf.serializers import LoginSerializer
    from django_bearer.integrations.drf.views import TokenLoginView

    class WithCaptcha(LoginSerializer):
        captcha = serializers.CharField()

    class View(TokenLoginView):
        serializer_class = WithCaptcha

    def ask(**extra: str) -> Any:
        body = {"username": "ann@example.com", "password": PASSWORD, **extra}
        return View.as_view()(rf.post("/", body, content_type="application/json"))

    assert ask().data["fields"]["captcha"]
    assert ask(captcha="1").status_code == 200
    assert ask(captcha="1", password="wrong").status_code == 401
