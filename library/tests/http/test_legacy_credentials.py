"""Credentials of other packages: asked for last, until their date, and never more than a project says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from django_bearer import LegacyLogin, Principal, issue_session, register_legacy_authenticators
from django_bearer.errors import Failure, InvalidToken
from django_bearer.http import legacy_credentials
from django_bearer.primitives import clock

DAY = 86_400
OLD = {"Authorization": "Token 0ld"}
OLD_BEARER = {"Authorization": "Bearer 0ld"}


@dataclass
class Old:
    """A package that has issued one token, `0ld`."""

    user: Any
    ends_at: int = field(default_factory=lambda: clock.seconds() + DAY)
    source: str = "old"
    schemes: frozenset[str] = frozenset({"bearer", "token"})
    scopes: frozenset[str] = frozenset({"notes:read", "of nobody"})
    expires_at: int = field(default_factory=lambda: clock.seconds() + 60)
    asked: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)

    def authenticate(self, request: HttpRequest, credential: str) -> LegacyLogin | Failure | None:
        self.asked.append(credential)
        if credential == "spent":
            return Failure(InvalidToken, "spent")
        return LegacyLogin(self.user, self.source, self.scopes, self.expires_at) if credential == "0ld" else None

    def used(self, request: HttpRequest, login: LegacyLogin) -> None:
        self.uses.append(login.source)


@pytest.fixture
def old(ann: Any) -> Iterator[Old]:
    found = Old(ann)
    register_legacy_authenticators(lambda: (found,))
    yield found
    register_legacy_authenticators(None)


@pytest.mark.parametrize("headers", [OLD, OLD_BEARER, {"Authorization": "tOkEn  0ld"}])
def test_a_legacy_credential_opens_closed_routes(old: Old, headers: dict[str, str]) -> None:
    answer = Client().get("/plain/", headers=headers)
    assert answer.json() == {"user": "ann@example.com", "session": "None"}
    assert Client().get("/drf/", headers=headers).status_code == 200
    assert old.uses == ["old", "old"]


def test_the_principal_says_that_it_is_legacy(old: Old) -> None:
    found = Client().get("/plain/", headers=OLD).wsgi_request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Principal)
    assert found.legacy is not None
    assert (found.legacy.source, found.client_id) == ("old", "legacy:old")
    assert (found.session_id, found.claims, found.api_token) == (None, None, None)
    assert found.scopes == {"notes:read"}
    assert found.expires_at() == old.expires_at


def test_a_valid_token_of_ours_asks_no_other_package(old: Old, ann: Any) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
    assert Client().get("/plain/", headers=headers).status_code == 200
    assert old.asked == []


def test_a_token_of_ours_comes_under_the_scheme_of_old_clients_until_the_date(old: Old, ann: Any) -> None:
    headers = {"Authorization": f"Token {issue_session(ann).access_token}"}
    assert Client().get("/plain/", headers=headers).status_code == 200
    assert old.asked == []
    assert Client().get("/plain/", headers={"Authorization": headers["Authorization"] + "x"}).status_code == 401
    other = headers["Authorization"].replace("Token", "JWT")
    assert Client().get("/plain/", headers={"Authorization": other}).status_code == 401
    for end in (clock.seconds(), clock.seconds() + 401 * DAY):
        old.ends_at = end
        assert Client().get("/plain/", headers=headers).status_code == 401


def test_nobody_is_asked_while_none_is_registered(ann: Any) -> None:
    assert Client().get("/plain/", headers=OLD).status_code == 401
    assert Client().get("/plain/", headers=OLD_BEARER).status_code == 401


def test_scopes_and_audience_are_asked_for(old: Old) -> None:
    assert Client().get("/plain-scope/", headers=OLD).status_code == 403
    assert Client().get("/billing/", headers=OLD).status_code == 401  # another audience than the server's own


@pytest.mark.parametrize(
    "change",
    [
        lambda old: setattr(old, "ends_at", clock.seconds()),
        lambda old: setattr(old, "ends_at", clock.seconds() + 401 * DAY),
        lambda old: setattr(old, "expires_at", clock.seconds()),
        lambda old: setattr(old.user, "is_active", False),
    ],
)
def test_what_ends_it(old: Old, change: Callable[[Old], None]) -> None:
    change(old)
    assert Client().get("/plain/", headers=OLD).status_code == 401
    assert Client().get("/who/", headers=OLD).json() == {"user": "AnonymousUser", "auth": False}
    assert old.uses == []


@pytest.mark.parametrize("sent", ["Token unknown", "Token spent", "Token", "Token 0ld, Token 0ld", "Token 0ld x"])
def test_what_is_refused(old: Old, sent: str) -> None:
    client = Client()
    client.force_login(old.user)
    assert client.get("/plain/", headers={"Authorization": sent}).status_code in (400, 401)
    assert client.get("/who/", headers={"Authorization": sent}).json()["user"] == "AnonymousUser"


def test_a_second_token_in_the_query_is_refused(old: Old) -> None:
    assert Client().get("/plain/?access_token=0ld", headers=OLD).status_code == 400


@pytest.mark.urls("tests.admin.urls")
@pytest.mark.skipif(settings.AUTH_USER_MODEL != "auth.User", reason="the admin is installed with Django's own user")
def test_it_opens_neither_the_admin_nor_the_endpoints_for_sessions(old: Old) -> None:
    old.user.is_staff = old.user.is_superuser = True
    old.user.save()
    old.scopes = frozenset({"notes:read", "notes:write"})
    client = Client()
    assert client.get("/admin/", headers=OLD).status_code in (401, 403)
    made = client.post("/auth/api-tokens/", {"name": "x"}, "application/json", headers=OLD)
    assert made.status_code in (401, 403), made.content
    everywhere = client.post("/auth/logout-everywhere/", {}, "application/json", headers=OLD)
    assert everywhere.status_code in (401, 403), everywhere.content


def test_over_plain_http_it_is_refused(old: Old, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.1/32"]}
    clear = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "http"}
    answer = Client(**clear).get("/plain/", headers=OLD)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert old.asked == []


def test_the_decision_is_pure_and_caps_the_end(ann: Any) -> None:
    login = LegacyLogin(ann, "old", frozenset({"a", "b"}), 900)
    found = legacy_credentials.decide(login, "old", 500, 100, frozenset({"a"}), True)
    assert isinstance(found, Principal)
    assert (found.expires_at(), found.scopes) == (500, {"a"})
    late = legacy_credentials.decide(replace(login, expires_at=100), "old", 500, 100, frozenset(), True)
    assert isinstance(late, Failure)


def test_without_the_hook_no_statement_is_added(ann: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/who/").status_code == 200
        assert Client().get("/who/", headers=OLD).status_code == 200
