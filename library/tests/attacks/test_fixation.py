"""Session fixation (CWE-384, ASVS 7.2.4): nothing from before a login gains rights by it, and no page forces one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from django_bearer import decode_token, is_token_revoked, issue_session, revoke_session
from django_bearer.http import cookies
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.tokens.refresh_token import TokenDelivery
from tests.conftest import PASSWORD
from tests.endpoints.test_browser import RIGHT, Page

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "ann@example.com"
CREDENTIALS = {"username": NAME, "password": PASSWORD}


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def mallory(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("mallory", password="another password")


def test_every_login_is_a_session_of_its_own(at: str, ann: Any) -> None:
    answers = [Page(at).login().json() for _ in range(3)]
    assert len({one["session_id"] for one in answers}) == len({one["access_token"] for one in answers}) == 3


def test_a_session_planted_in_the_browser_is_not_the_victims(at: str, ann: Any, mallory: Any) -> None:
    """The attacker's own cookie is in the victim's browser when the victim logs in."""
    planted = issue_session(mallory, delivery=TokenDelivery.COOKIE)
    page = Page(at)
    name = cookies.of_session("first-party", planted.session_id, planted.refresh_token or "", 60).name
    page.http.cookies[name] = planted.refresh_token or ""
    answer = page.login().json()
    assert answer["session_id"] != str(planted.session_id)
    assert decode_token(answer["access_token"]).sub == str(ann.pk)
    assert decode_token(planted.access_token).sub == str(mallory.pk)
    assert page.post("refresh").json()["session_id"] == answer["session_id"]
    assert Session.objects.get(pk=planted.session_id).user_id == mallory.pk
    assert Session.objects.get(pk=planted.session_id).revoked_at is not None


def test_a_login_over_the_victims_own_session_ends_that_one(at: str, ann: Any) -> None:
    page = Page(at)
    first = page.login().json()
    second = page.login().json()
    page.post("refresh")
    assert first["session_id"] != second["session_id"]
    assert is_token_revoked(first["access_token"])


@pytest.mark.parametrize("name", ["session_id", "sid", "access_token", "refresh_token", "id"])
def test_a_client_chooses_no_session(at: str, ann: Any, mallory: Any, name: str) -> None:
    chosen = issue_session(mallory)
    value = {"access_token": chosen.access_token, "refresh_token": chosen.refresh_token}.get(
        name, str(chosen.session_id)
    )
    headers = {"Authorization": f"Bearer {chosen.access_token}"}
    for sent in ({}, headers):
        body = {**CREDENTIALS, name: value}
        answer = Client().post(f"{at}login/", body, content_type="application/json", headers=sent)
        assert answer.json()["session_id"] != str(chosen.session_id)
        assert answer.json()["access_token"] != chosen.access_token
    assert decode_token(chosen.access_token).sub == str(mallory.pk)


def test_a_retry_key_of_before_yields_nothing_of_the_new_session(at: str, ann: Any) -> None:
    """It lies in the browser's storage, where script may plant one that an attacker knows."""
    page = Page(at)
    page.login()
    page.post("refresh", {"retry_key": "planted"})
    page.login()
    new = Session.objects.order_by("-created_at").first()
    assert new is not None
    assert bytes(new.retry_digest) == b""


def test_a_planted_known_device_token_opens_nothing(at: str, ann: Any, mallory: Any) -> None:
    body = {"username": "mallory", "password": "another password"}
    planted = Client().post(f"{at}login/", body, content_type="application/json").json()["known_device_token"]
    wrong = {"username": NAME, "password": "wrong", "known_device_token": planted}
    assert Client().post(f"{at}login/", wrong, content_type="application/json").status_code == 401
    right = {**CREDENTIALS, "known_device_token": planted}
    answer = Client().post(f"{at}login/", right, content_type="application/json").json()
    assert decode_token(answer["access_token"]).sub == str(ann.pk)


def test_a_django_session_of_before_is_logged_in_by_no_token(at: str, ann: Any) -> None:
    """An attacker who planted `sessionid` gets no user of Django's by it."""
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    assert client.post(f"{at}login/", CREDENTIALS, content_type="application/json").status_code == 200
    assert SESSION_KEY not in client.session
    assert client.session.session_key == session.session_key


def test_a_step_up_makes_no_other_session_stronger(at: str, ann: Any) -> None:
    one, other = issue_session(ann), issue_session(ann)
    clock.advance(400)
    fresh = (
        Client()
        .post(f"{at}refresh/", {"refresh_token": one.refresh_token}, content_type="application/json")
        .json()["access_token"]
    )
    headers = {"Authorization": f"Bearer {fresh}"}
    assert (
        Client().post(f"{at}step-up/", {"password": PASSWORD}, "application/json", headers=headers).status_code == 200
    )
    weak = (
        Client()
        .post(f"{at}refresh/", {"refresh_token": other.refresh_token}, content_type="application/json")
        .json()["access_token"]
    )
    found = Client().post(f"{at}logout-everywhere/", headers={"Authorization": f"Bearer {weak}"})
    assert found.json()["code"] == "login_too_old"
    clock.reset()


def test_a_step_up_is_of_the_session_that_the_token_names(at: str, ann: Any) -> None:
    """A page's cookie of one session and a token of another do not mix."""
    page = Page(at)
    page.login()
    other = issue_session(ann, delivery=TokenDelivery.COOKIE)
    found = page.post("step-up", {"password": PASSWORD}, headers={"Authorization": f"Bearer {other.access_token}"})
    assert found.json()["session_id"] == str(other.session_id)
    revoke_session(other.session_id)
    assert is_token_revoked(found.json()["access_token"])


def test_a_scope_that_is_added_later_reaches_no_session_of_before(at: str, ann: Any, settings: Any) -> None:
    """More rights take a new login."""
    issued = issue_session(ann)
    settings.BEARER = {**settings.BEARER, "SCOPES": ["notes:read", "notes:write", "admin"]}
    clock.advance(60)
    body = {"refresh_token": issued.refresh_token}
    answer = Client().post(f"{at}refresh/", body, content_type="application/json").json()
    assert "admin" not in answer["scope"]
    assert "admin" in Client().post(f"{at}login/", CREDENTIALS, content_type="application/json").json()["scope"]
    clock.reset()


FOREIGN = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec-Fetch-Mode": "navigate"},
    {"Sec-Fetch-Site": "cross-site"},
    {"X-Bearer-Client": ""},
]


@pytest.mark.parametrize("wrong", FOREIGN)
def test_no_other_site_logs_a_victim_in_as_the_attacker(
    at: str, ann: Any, mallory: Any, wrong: dict[str, str]
) -> None:
    """Login CSRF: the victim would go on as the attacker, and tell the attacker all."""
    page = Page(at)
    headers = {name: value for name, value in {**RIGHT, **wrong}.items() if value}
    body = {"username": "mallory", "password": "another password"}
    found = page.http.post(f"{at}login/", body, content_type="application/json", headers=headers)
    assert found.status_code == 403
    assert page.jar == {}
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
)
def test_no_form_of_a_page_is_a_login(at: str, ann: Any, kind: str) -> None:
    """What a page may send anywhere without asking is not read (ASVS 3.5.2)."""
    page = Page(at)
    found = page.http.post(f"{at}login/", '{"username": "x", "password": "y"}', content_type=kind, headers=RIGHT)
    assert found.status_code in (400, 415)
    assert page.jar == {}


def test_no_request_that_reads_logs_in(at: str, ann: Any) -> None:
    page = Page(at)
    for ask in (page.http.get, page.http.head):
        assert ask(f"{at}login/", CREDENTIALS, headers=RIGHT).status_code == 405
    assert page.jar == {}
