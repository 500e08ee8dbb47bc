"""The two forms of an endpoint, plain and REST framework's, take the same members and answer them alike."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from tests.conftest import PASSWORD
from tests.token_clients import PREFIXES, SECRET, ask, basic, bearer, configured, issue

ODD: list[Any] = ["", " ", None, 5, 1.5, True, ["x"], {"x": "y"}, "a\x00b", "\ud800", "x" * 5000]
NAME = str(get_user_model().USERNAME_FIELD)
LOGIN = {"username": "ann@example.com", "password": PASSWORD}


def outcome(path: str, body: dict[str, Any], token: str = "") -> tuple[int, str]:
    """Status and code; introspection wants a client that proves itself before it looks at anything."""
    headers = bearer(token) if token else basic("gateway", SECRET.text) if "introspect" in path else {}
    found = ask(path, json.dumps(body), **headers)
    return found.status_code, found.json().get("code", "") if found.content else ""


def same(route: str, body: dict[str, Any], token: str = "") -> tuple[int, str]:
    """What both forms answer, which must be one thing."""
    plain, rest = (outcome(prefix + route, body, token) for prefix in PREFIXES)
    assert plain == rest, (route, body)
    return plain


@pytest.mark.parametrize(
    "member", ["username", "password", "client_id", "client_secret", "known_device_token", "scope", "resource"]
)
def test_login_takes_odd_members_alike(member: str, ann: Any) -> None:
    with configured(LOGIN_RATE_LIMITS={"address_account": "1000/hour", "account": "1000/hour"}):
        found = [same("/login/", {**LOGIN, member: odd}) for odd in ODD]
    assert {status for status, _ in found} <= {200, 400, 401}


@pytest.mark.parametrize("route", ["/refresh/", "/logout/", "/verify/", "/revoke/", "/introspect/"])
@pytest.mark.parametrize(
    "member", ["refresh_token", "token", "retry_key", "client_id", "client_secret", "scope", "resource"]
)
def test_other_endpoints_take_odd_members_alike(route: str, member: str, db: Any) -> None:
    whole = {"refresh_token": "x", "token": "x"}
    with configured():
        for odd in ODD:
            assert same(route, {**whole, member: odd})[0] < 500


@pytest.mark.parametrize("member", ["name", "expires_in", "scope"])
def test_api_tokens_take_odd_members_alike(member: str, ann: Any) -> None:
    whole = {"name": "backup", "expires_in": 3600, "scope": "notes:read"}
    token = issue(ann).access_token
    for odd in [*ODD, "60", 0, -1, 10**20]:
        assert same("/api-tokens/", {**whole, member: odd}, token)[0] < 500


class TestNameOfTheUser:
    """The name comes under what the user model calls it, or as `username`."""

    @pytest.fixture(autouse=True)
    def by_mail(self, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        if NAME != "username":
            pytest.skip("the user model has a name of its own already")
        ann.email = "ann@example.org"
        ann.save()
        monkeypatch.setattr(get_user_model(), "USERNAME_FIELD", "email")

    @pytest.mark.parametrize("field", ["email", "username"])
    def test_both_names_do(self, field: str) -> None:
        assert same("/login/", {field: "ann@example.org", "password": PASSWORD})[0] == 200

    def test_the_model_own_name_comes_first(self) -> None:
        both = {"email": "ann@example.org", "username": "nobody", "password": PASSWORD}
        assert same("/login/", both)[0] == 200

    @pytest.mark.parametrize(
        "body", [{}, {"email": ""}, {"email": "", "username": "ann@example.org"}, {"username": None}]
    )
    def test_neither_is_a_bad_request(self, body: dict[str, Any]) -> None:
        assert same("/login/", {**body, "password": PASSWORD}) == (400, "invalid_request")
