"""Browser sessions: the refresh token lives in a cookie that no script reads, and no other site moves it (BA, CS)."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from django_bearer import decode_token, is_token_revoked, issue_session, refresh_session
from django_bearer.conf.clients import DEFAULT_CLIENT
from django_bearer.endpoints import browser
from django_bearer.http import browser_origin, cookies
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions.revocation import end_session
from django_bearer.tokens.refresh_token import TokenDelivery
from tests.conftest import PASSWORD

OWN = "https://api.example.com"
APP = "https://app.example.com"
RIGHT = {"Origin": OWN, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "X-Bearer-Client": DEFAULT_CLIENT}
LIVES = 14 * 86_400
pytestmark = pytest.mark.django_db


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def pages(settings: Any) -> None:
    clients = {
        DEFAULT_CLIENT: {"kind": ["browser", "native"], "origins": [APP]},
        "admin": {"kind": "browser", "origins": [APP]},
        "phone": {"kind": "native"},
    }
    settings.BEARER = {**settings.BEARER, "CLIENTS": clients}


class Page:
    """A page in a browser with a cookie jar of its own."""

    def __init__(self, at: str = "/auth/", **headers: str) -> None:
        self.at, self.headers, self.http = at, {**RIGHT, **headers}, Client()

    def post(
        self, endpoint: str, body: Any = None, headers: dict[str, str | None] | None = None, **extra: Any
    ) -> Any:
        merged = {**self.headers, **(headers or {})}
        sent = {name: value for name, value in merged.items() if value is not None}
        extra.setdefault("content_type", "application/json")
        return self.http.post(f"{self.at}{endpoint}/", {} if body is None else body, headers=sent, **extra)

    def login(self, name: str = "ann@example.com", **extra: Any) -> Any:
        return self.post("login", {"username": name, "password": PASSWORD}, **extra)

    @property
    def jar(self) -> dict[str, str]:
        """Our cookies in the browser."""
        return {name: found.value for name, found in self.http.cookies.items() if found.value}

    def session(self) -> str:
        [value] = [value for name, value in self.jar.items() if name != cookies.DEVICE]
        return value


@pytest.fixture
def page(at: str, ann: Any) -> Page:
    return Page(at)


@pytest.mark.parametrize("body", [{}, {"client_id": "admin"}])
def test_a_page_names_its_client_in_the_header_alone_or_in_both(at: str, ann: Any, body: dict[str, str]) -> None:
    page = Page(at, **{"X-Bearer-Client": "admin"})
    login = {"username": "ann@example.com", "password": PASSWORD}
    assert page.post("login", {**login, **body}).status_code == 200
    assert Session.objects.get().client_id == "admin"
    assert page.post("refresh", body).status_code == 200
    assert page.post("refresh", {"client_id": DEFAULT_CLIENT}).json()["code"] == "origin_refused"
    assert page.post("logout", body).status_code == 204
    assert Session.objects.get().revoked_cause == "logout"


def test_a_header_that_names_nobody_is_refused_by_name(at: str, ann: Any) -> None:
    answer = Page(at, **{"X-Bearer-Client": "nobody"}).login()
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_client")


class TestLife:
    def test_login_puts_the_refresh_token_where_no_script_reads_it(self, page: Page) -> None:
        answer = page.login()
        assert answer.status_code == 200
        body = answer.json()
        assert set(body) == {
            "access_token", "token_type", "expires_in", "scope", "session_id", "refresh_expires_in",
        }  # fmt: skip
        assert decode_token(body["access_token"])
        row = Session.objects.get()
        name = cookies.name_of(DEFAULT_CLIENT, row.pk)
        line = answer.cookies[name].OutputString()
        attributes = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in line.split(";")[1:]}
        del attributes["expires"]
        assert attributes == {
            "HttpOnly": "", "Max-Age": str(LIVES), "Path": "/", "SameSite": "Strict", "Secure": "",
        }  # fmt: skip
        assert name.startswith("__Host-bearer-")
        assert row.delivery == TokenDelivery.COOKIE
        assert "djb_rt_" not in answer.content.decode()

    def test_refresh_by_cookie(self, page: Page) -> None:
        page.login()
        before = page.session()
        answer = page.post("refresh")
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json()
        assert page.session() != before
        assert decode_token(answer.json()["access_token"])

    def test_a_refresh_that_keeps_the_current_token_sets_no_cookie(self, page: Page) -> None:
        page.login()
        page.post("refresh")
        again = page.post("refresh")
        assert again.status_code == 200
        assert not again.cookies

    def test_a_lost_answer_is_asked_for_again(self, page: Page) -> None:
        page.login()
        lost = dict(page.http.cookies)
        page.post("refresh", {"retry_key": "k" * 20})
        current = page.session()
        page.http.cookies = SimpleCookie({name: morsel.value for name, morsel in lost.items()})
        clock.advance(3600)
        assert page.post("refresh", {"retry_key": "k" * 20}).status_code == 200
        assert page.session() == current

    def test_logout_ends_the_session_and_clears_its_cookie(self, page: Page) -> None:
        body = page.login().json()
        answer = page.post("logout")
        assert answer.status_code == 204
        assert answer["Clear-Site-Data"] == '"cache"'
        assert list(page.jar) == [cookies.DEVICE]
        assert is_token_revoked(body["access_token"])
        assert page.post("logout").status_code == 204, "and again, with nothing left to end"

    def test_logout_everywhere_clears_it_too(self, page: Page) -> None:
        token = page.login().json()["access_token"]
        answer = page.post("logout-everywhere", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 204
        assert list(page.jar) == [cookies.DEVICE]

    def test_without_a_cookie_the_session_has_ended(self, page: Page) -> None:
        answer = page.post("refresh")
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert not answer.cookies

    def test_an_ended_session_clears_its_own_cookie(self, page: Page) -> None:
        page.login()
        Session.objects.update(revoked_at=1)
        answer = page.post("refresh")
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        [cookie] = answer.cookies.values()
        assert (cookie.value, cookie["max-age"]) == ("", 0)
        assert {name: cookie[name] for name in ("path", "secure", "httponly", "samesite")} == {
            "path": "/",
            "secure": True,
            "httponly": True,
            "samesite": "Strict",
        }

    @pytest.mark.parametrize("status", [429, 503])
    def test_told_to_wait_it_clears_nothing(self, status: int, page: Page, settings: Any, monkeypatch: Any) -> None:
        page.login()
        page.post("refresh")
        if status == 429:
            settings.BEARER = {**settings.BEARER, "REFRESH_RATE_LIMITS": {"session": "1/hour"}}
            page.post("refresh")
        else:
            from django_bearer.endpoints import refresh as endpoint
            from django_bearer.errors import Failure, TemporarilyUnavailable

            monkeypatch.setattr(endpoint, "rotate", lambda *_, **__: Failure(TemporarilyUnavailable, "busy"))
        answer = page.post("refresh")
        assert (answer.status_code, dict(answer.cookies)) == (status, {})
        assert page.session()

    def test_logging_in_again_ends_the_session_before_once_its_answer_has_arrived(self, page: Page) -> None:
        first, second = page.login().json(), page.login().json()
        assert not is_token_revoked(first["access_token"])
        answer = page.post("refresh")
        assert answer.json()["session_id"] == second["session_id"]
        assert answer["Clear-Site-Data"] == '"cache"'
        assert is_token_revoked(first["access_token"])
        assert page.session()
        assert Session.objects.get(revoked_at__isnull=False).revoked_cause == "logged_in_again"
        assert Session.objects.filter(revoked_at__isnull=True).count() == 1

    def test_a_login_whose_answer_was_lost_ends_nothing(self, page: Page) -> None:
        first = page.login().json()
        held = dict(page.jar)
        page.login()
        page.http.cookies.clear()
        page.http.cookies.load(held)
        answer = page.post("refresh")
        assert (answer.status_code, answer.json()["session_id"]) == (200, first["session_id"])

    def test_a_session_that_ends_brings_no_older_one_back(self, page: Page) -> None:
        page.login()
        end_session(page.login().json()["session_id"], "ended_by_user")
        answer = page.post("refresh")
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert [name for name in page.jar if name != cookies.DEVICE] == []
        assert Session.objects.filter(revoked_at__isnull=True).count() == 0

    def test_unless_its_answer_could_not_be_written(self, page: Page) -> None:
        first = page.login().json()
        end_session(page.login().json()["session_id"], browser.NOT_DELIVERED)
        answer = page.post("refresh")
        assert (answer.status_code, answer.json()["session_id"]) == (200, first["session_id"])
        assert page.session()

    def test_logout_everywhere_ends_what_another_user_had_before(self, page: Page, django_user_model: Any) -> None:
        django_user_model.objects.create_user(username="ben@example.com", email="ben@example.com", password=PASSWORD)
        page.login()
        token = page.login("ben@example.com").json()["access_token"]
        assert page.post("logout-everywhere", headers={"Authorization": f"Bearer {token}"}).status_code == 204
        assert Session.objects.filter(revoked_at__isnull=True).count() == 0

    def test_however_often_a_browser_logs_in_it_has_two_sessions_at_most(self, page: Page) -> None:
        for _ in range(5):
            page.login()
        assert len([name for name in page.jar if name != cookies.DEVICE]) == 2
        assert Session.objects.filter(revoked_at__isnull=True).count() == 2
        assert page.post("logout").status_code == 204
        assert [name for name in page.jar if name != cookies.DEVICE] == []
        assert Session.objects.filter(revoked_at__isnull=True).count() == 0

    def test_a_login_clears_what_is_over(self, page: Page) -> None:
        first = page.login().json()
        end_session(first["session_id"], "logout")
        page.login()
        assert page.session()

    def test_a_known_device_is_known_by_a_cookie(self, page: Page, settings: Any) -> None:
        answer = page.login()
        assert answer.cookies[cookies.DEVICE]["httponly"]
        assert "known_device_token" not in answer.json()
        settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "1/day"}}
        attacker = Page(page.at)
        for _ in range(2):
            attacker.post("login", {"username": "ann@example.com", "password": "wrong"})
        assert attacker.login().status_code == 429
        assert page.login().status_code == 200


class TestKnownDevicesOfOneBrowser:
    @pytest.fixture(autouse=True)
    def narrow(self, settings: Any) -> None:
        rates = {"account": "1/day", "address": "1000/minute"}
        settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": rates}

    @pytest.fixture
    def people(self, ann: Any, django_user_model: Any) -> list[str]:
        names = [f"user{n}@example.com" for n in range(8)]
        for name in names:
            django_user_model.objects.create_user(name, password=PASSWORD)
        return names

    @staticmethod
    def lock_out(page: Page, *names: str) -> None:
        attacker = Page(page.at, **page.headers)
        for name in names:
            tried = [attacker.post("login", {"username": name, "password": "wrong"}).status_code for _ in range(2)]
            assert tried[-1] == 429

    def test_a_second_user_does_not_take_the_first_ones_away(self, page: Page, people: list[str]) -> None:
        for name in people[:3]:
            assert page.login(name).status_code == 200
        page.post("logout")
        self.lock_out(page, *people[:3])
        assert [page.login(name).status_code for name in people[:3]] == [200] * 3
        assert Page(page.at).login(people[0]).status_code == 429

    def test_the_latest_few_are_kept_and_the_cookie_stays_small(self, page: Page, people: list[str]) -> None:
        for name in people:
            page.login(name)
        assert len(page.jar[cookies.DEVICE]) < 1024
        self.lock_out(page, *people)
        assert [page.login(name).status_code for name in people] == [429] * 3 + [200] * 5

    def test_one_account_has_one_place_however_often_it_logs_in(self, page: Page, people: list[str]) -> None:
        page.login(people[0])
        for _ in range(6):
            page.login(people[1])
        self.lock_out(page, people[0])
        assert page.login(people[0]).status_code == 200

    def test_what_another_issuer_of_the_host_left_is_kept_and_junk_is_not(
        self, page: Page, people: list[str], settings: Any
    ) -> None:
        page.login(people[0])
        theirs = page.jar[cookies.DEVICE]
        ours = settings.BEARER
        settings.BEARER = {**ours, "ISSUER": "https://other.example.com"}
        page.http.cookies[cookies.DEVICE] = f"junk.{theirs}.{'A' * 300}."
        page.login(people[1], headers={"Origin": "https://other.example.com"})
        assert len(page.jar[cookies.DEVICE].split(".")) == 2
        settings.BEARER = ours
        self.lock_out(page, people[0])
        assert page.login(people[0]).status_code == 200

    def test_ones_of_elsewhere_push_out_none_of_ours(self, page: Page, people: list[str], settings: Any) -> None:
        page.login(people[0])
        theirs = page.jar[cookies.DEVICE]
        settings.BEARER = {**settings.BEARER, "ISSUER": "https://other.example.com"}
        page.headers["Origin"] = "https://other.example.com"
        page.http.cookies.clear()
        page.login(people[1])
        page.http.cookies[cookies.DEVICE] = ".".join([*[theirs] * 4, page.jar[cookies.DEVICE]])
        page.login(people[2])
        self.lock_out(page, people[1])
        assert page.login(people[1]).status_code == 200

    def test_tells_not_who_logged_in(self, page: Page, people: list[str]) -> None:
        """Nor does the same account look the same in two browsers."""
        page.login(people[0])
        other = Page(page.at)
        other.login(people[0])
        assert page.jar[cookies.DEVICE][30:] != other.jar[cookies.DEVICE][30:]


class TestSeveral:
    def test_the_newest_live_session_wins_and_dead_ones_are_cleared(self, page: Page) -> None:
        page.login()
        old = {name: value for name, value in page.jar.items() if name != cookies.DEVICE}
        latest = page.login().json()
        page.post("refresh")
        page.http.cookies.load(old)
        answer = page.post("refresh")
        assert (answer.status_code, answer.json()["session_id"]) == (200, latest["session_id"])
        assert [name for name, cookie in answer.cookies.items() if not cookie.value] == list(old)

    def test_two_front_ends_on_one_host_keep_apart(self, page: Page) -> None:
        page.login()
        other = Page(page.at, **{"X-Bearer-Client": "admin"})
        other.http.cookies = page.http.cookies
        body = {"username": "ann@example.com", "password": PASSWORD, "client_id": "admin"}
        assert other.post("login", body).status_code == 200
        assert Session.objects.filter(revoked_at__isnull=True).count() == 2
        assert other.post("refresh", {"client_id": "admin"}).status_code == 200
        assert other.post("logout", {"client_id": "admin"}).status_code == 204
        assert Session.objects.get(revoked_at__isnull=True).client_id == DEFAULT_CLIENT
        assert page.post("refresh").status_code == 200

    def test_junk_under_our_names_is_cleared_and_costs_nothing(self, page: Page) -> None:
        names = [cookies.name_of(DEFAULT_CLIENT, Session().pk) for _ in range(20)]
        page.http.cookies.load(dict.fromkeys(names, "junk"))
        answer = page.post("refresh")
        assert answer.status_code == 401
        assert len(answer.cookies) == browser.MOST

    def test_issuers_that_share_a_host_leave_each_others_sessions_alone(self, page: Page, settings: Any) -> None:
        """Tenants in folders of one host, servers on two of its ports: a browser sends each the cookies of all."""
        page.login()
        ours, at_ours = settings.BEARER, {"Origin": OWN}
        theirs, at_theirs = {**ours, "ISSUER": "https://api.example.com:8443"}, {"Origin": f"{OWN}:8443"}
        settings.BEARER = theirs
        assert page.post("refresh", headers=at_theirs).status_code == 401
        assert page.login(headers=at_theirs).status_code == 200
        for _ in range(2):
            assert page.post("refresh", headers=at_theirs).status_code == 200
            settings.BEARER = ours
            assert page.post("refresh", headers=at_ours).status_code == 200
            clock.advance(60)
            settings.BEARER = theirs
        assert page.post("logout", headers=at_theirs).status_code == 204
        settings.BEARER = ours
        assert page.post("refresh", headers=at_ours).status_code == 200

    def test_many_front_ends_on_one_host_keep_apart(self, page: Page, settings: Any) -> None:
        names = [f"app{n}" for n in range(browser.MOST + 2)]
        settings.BEARER = {**settings.BEARER, "CLIENTS": {name: {"kind": "browser"} for name in names}}
        for name in names:
            assert page.login(headers={"X-Bearer-Client": name}).status_code == 200
        for name in names:
            assert page.post("refresh", headers={"X-Bearer-Client": name}).status_code == 200


class TestChannels:
    """A browser's token is none in a body, and a native one none in a cookie (rotation row 9)."""

    def test_a_stolen_cookie_in_a_body_ends_the_session(self, page: Page) -> None:
        page.login()
        body = {"refresh_token": page.session()}
        answer = Client().post(f"{page.at}refresh/", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert Session.objects.get().revoked_cause == "reuse_delivery"

    def test_a_native_token_in_a_cookie_ends_its_session(self, page: Page, ann: Any) -> None:
        issued = issue_session(ann)
        page.http.cookies[cookies.name_of(DEFAULT_CLIENT, issued.session_id)] = issued.refresh_token or ""
        assert page.post("refresh").status_code == 401
        assert Session.objects.get().revoked_cause == "reuse_delivery"

    def test_a_proxy_that_strips_origin_turns_no_cookie_into_a_body_answer(self, page: Page) -> None:
        page.login()
        bare = dict.fromkeys(RIGHT)
        answer = page.post("refresh", headers=bare)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert page.post("refresh").status_code == 200

    def test_a_page_with_a_native_token_in_its_body_changes_nothing(self, page: Page, ann: Any) -> None:
        issued = issue_session(ann)
        answer = page.post("refresh", {"refresh_token": issued.refresh_token})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert refresh_session(issued.refresh_token or "").rotated

    def test_nodes_fetch_is_no_browser(self, page: Page) -> None:
        headers = {"Origin": None, "Sec-Fetch-Site": None, "Sec-Fetch-Mode": "cors", "X-Bearer-Client": None}
        answer = page.login(headers=headers)
        assert answer.json()["refresh_token"].startswith("djb_rt_")
        assert not answer.cookies

    def test_a_client_that_is_no_browser_gets_no_cookie(self, page: Page) -> None:
        body = {"username": "ann@example.com", "password": PASSWORD, "client_id": "phone"}
        answer = page.post("login", body, headers={"X-Bearer-Client": "phone"})
        assert (answer.status_code, answer.json()["code"]) == (403, "browser_unsupported")


WRONG: list[tuple[str, dict[str, str | None]]] = [
    ("another site", {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}),
    ("another site that says it is not", {"Origin": "https://evil.example"}),
    ("a sibling", {"Origin": "https://blog.example.com", "Sec-Fetch-Site": "same-site"}),
    ("a sandboxed frame", {"Origin": "null"}),
    ("plain HTTP", {"Origin": "http://api.example.com"}),
    ("another port", {"Origin": "https://api.example.com:8443"}),
    ("a name that begins like ours", {"Origin": "https://api.example.com.evil.example"}),
    ("capitals", {"Origin": "https://API.example.com"}),
    ("an empty origin", {"Origin": ""}),
    ("no origin at all", {"Origin": "https://[::1"}),
    ("a port that is none", {"Origin": "https://api.example.com:99999"}),
    ("two origins", {"Origin": f"{OWN} {OWN}"}),
    ("a navigation", {"Sec-Fetch-Mode": "navigate"}),
    ("typed into the address bar", {"Sec-Fetch-Site": "none"}),
    ("cross-site, with our origin", {"Sec-Fetch-Site": "cross-site"}),
    ("no origin, from a sibling", {"Origin": None, "Sec-Fetch-Site": "same-site"}),
    ("no header of ours", {"X-Bearer-Client": None}),
    ("an empty header", {"X-Bearer-Client": ""}),
]


class TestForged:
    @pytest.mark.parametrize("endpoint", ["login", "refresh", "logout"])
    @pytest.mark.parametrize(("what", "headers"), WRONG, ids=[what for what, _ in WRONG])
    def test_no_other_page_sets_uses_or_clears_the_cookie(
        self, endpoint: str, what: str, headers: dict[str, str | None], page: Page
    ) -> None:
        page.login()
        jar, rows = dict(page.jar), list(Session.objects.values())
        body = {"username": "ann@example.com", "password": PASSWORD} if endpoint == "login" else {}
        answer = page.post(endpoint, body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
        assert not answer.cookies
        assert (page.jar, list(Session.objects.values())) == (jar, rows)

    @pytest.mark.parametrize("endpoint", ["login", "refresh", "logout"])
    @pytest.mark.parametrize(
        "form", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""]
    )
    def test_no_form_does(self, endpoint: str, form: str, page: Page) -> None:
        page.login()
        jar, rows = dict(page.jar), list(Session.objects.values())
        answer = page.post(endpoint, "a=b", content_type=form)
        assert answer.status_code in (403, 415)
        assert not answer.cookies
        assert (page.jar, list(Session.objects.values())) == (jar, rows)

    @pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
    def test_no_other_method_does(self, method: str, page: Page) -> None:
        page.login()
        rows = list(Session.objects.values())
        answer = getattr(page.http, method)(f"{page.at}refresh/", headers=RIGHT)
        assert answer.status_code in (200, 405)
        assert not answer.cookies
        assert list(Session.objects.values()) == rows

    @pytest.mark.parametrize(
        "headers", [{"Origin": APP, "Sec-Fetch-Site": "same-site"}, {"Origin": None}, {"Sec-Fetch-Site": None}]
    )
    def test_our_own_pages_do(self, headers: dict[str, str | None], page: Page) -> None:
        assert page.login(headers=headers).status_code == 200
        assert page.post("refresh", headers=headers).status_code == 200

    def test_a_refused_page_is_told_the_way_in_the_log(self, page: Page, caplog: Any, settings: Any) -> None:
        settings.DEBUG = True
        page.login(headers={"Origin": "https://evil.example", "Sec-Fetch-Site": None})
        assert "proxy /api through the page's host" in caplog.text

    @pytest.mark.parametrize(
        ("issuer", "origin", "may_add"),
        [
            ("https://localhost:8443", "https://127.0.0.1:8443", True),
            ("https://localhost:8443", "https://[::1]:8443", True),
            ("https://localhost:8443", "http://localhost:8443", True),
            ("https://api.example.com", "https://api.example.com:8443", True),
            ("https://api.example.com", "http://api.example.com", False),
        ],
    )
    def test_a_page_opened_at_another_address_of_the_server_is_told_the_right_one(
        self, issuer: str, origin: str, may_add: bool
    ) -> None:
        meta = {"HTTP_ORIGIN": origin, "HTTP_SEC_FETCH_SITE": "same-origin"}
        found = browser_origin.refusal(meta, {issuer}, issuer, "first-party")
        assert found is not None
        assert f"open the address in ISSUER, {issuer}" in found.reason
        assert ("add this origin" in found.reason) is may_add

    @pytest.mark.parametrize("origin", ["https://www.example.com", "https://evil.example", "https://[::1", "null"])
    def test_no_other_page_is(self, origin: str) -> None:
        meta = {"HTTP_ORIGIN": origin, "HTTP_SEC_FETCH_SITE": "same-site"}
        found = browser_origin.refusal(meta, {OWN}, OWN, "first-party")
        assert found is not None
        assert "open the address in ISSUER" not in found.reason


class TestHidden:
    def test_no_view_sees_our_cookies(self, page: Page) -> None:
        page.login()
        page.http.cookies["other"] = "1"
        seen: list[Any] = []

        def view(request: Any) -> Any:
            from django.http import HttpResponse

            seen.append((dict(request.COOKIES), request.META["HTTP_COOKIE"]))
            return HttpResponse()

        from django_bearer import BearerMiddleware

        header = "; ".join(f"{name}={value}" for name, value in {**page.jar, "other": "1"}.items())
        request = RequestFactory().get("/", headers={"Cookie": header})
        assert request.COOKIES[cookies.DEVICE]
        BearerMiddleware(view)(request)
        assert seen == [({"other": "1"}, "other=1")]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "__Host-bearer-x", "__host-bearer-x", "__Host-bearer-device", "csrftoken", ""]),
                st.text(alphabet="abc=_- \"'", max_size=8),
            ),
            max_size=12,
        )
    )
    def test_whatever_stands_beside_them(self, pairs: list[tuple[str, str]]) -> None:
        header = "; ".join(f"{name}={value}" for name, value in pairs)
        request = RequestFactory().get("/", headers={"Cookie": header})
        found = cookies.extract(request)
        assert cookies.PREFIX.lower() not in str(request.META.get("HTTP_COOKIE", "")).lower() or not found
        assert all(name.startswith(cookies.PREFIX) for name in found)
        assert cookies.extract(request) is found


class TestSettings:
    @pytest.mark.parametrize(
        "origin", ["https://app.other.example", "http://app.example.com", "https://example.com.evil.example"]
    )
    def test_a_page_on_another_site_is_a_fault_that_names_the_way(self, origin: str, settings: Any) -> None:
        from django_bearer import conf

        clients = {DEFAULT_CLIENT: {"kind": "browser", "origins": [origin]}}
        settings.BEARER = {**settings.BEARER, "CLIENTS": clients}
        assert any("Proxy /api through its host" in fault or "https" in fault for fault in conf.faults())

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("https://app.example.com", "https://api.example.com", True),
            ("https://example.com", "https://api.example.com", True),
            ("https://a.github.io", "https://b.github.io", False),
            ("https://a.co.uk", "https://b.co.uk", False),
            ("https://localhost:3000", "https://localhost:8443", True),
            ("https://127.0.0.1:1", "https://127.0.0.1:2", True),
            ("https://127.0.0.1", "https://127.0.0.2", False),
            ("http://app.example.com", "https://api.example.com", False),
        ],
    )
    def test_one_site_is_what_browsers_take_for_one(self, one: str, other: str, same: bool) -> None:
        from django_bearer.primitives.same_site import same_site

        assert same_site(one, other) is same


def test_what_comes_back_is_json_whatever_happens(page: Page) -> None:
    for endpoint in ("login", "refresh", "logout"):
        answer = page.post(endpoint, headers={"Origin": "null"})
        assert set(json.loads(answer.content)) >= {"error", "error_description", "code"}
        assert answer["Cache-Control"] == "no-store"
