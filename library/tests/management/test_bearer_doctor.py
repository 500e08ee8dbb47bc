"""The doctor names the check that fails and a hint, prints no token, and changes nothing."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_bearer import decode_token, issue_session, revoke_session
from django_bearer.database import signing_keys
from django_bearer.models import RevokedToken, Session
from django_bearer.primitives import clock
from tests.token_clients import BILLING, configured, issue

NOTES = "https://testserver/notes/"


class Doctor:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "headers.txt"

    def __call__(self, *words: str, headers: str = "", fails: bool = False) -> str:
        self.file.write_text(headers)
        out = StringIO()
        try:
            call_command("bearer_doctor", *words, "--headers", str(self.file), stdout=out, no_color=True)
        except CommandError:
            assert fails, out.getvalue()
        else:
            assert not fails, out.getvalue()
        return out.getvalue()


@pytest.fixture
def doctor(tmp_path: Path, db: Any) -> Doctor:
    return Doctor(tmp_path)


@pytest.fixture
def token(ann: Any) -> str:
    return issue_session(ann).access_token


def test_a_sound_project(doctor: Doctor, token: str) -> None:
    said = doctor()
    assert "ok   settings     BEARER can be used" in said
    assert "ok   database     answers" in said
    assert "ok   key ring     can be decrypted; " in said
    assert "ok   clocks       this machine and the database agree" in said


@pytest.mark.parametrize("form", ["Authorization: Bearer {}", "{}", "> authorization: bearer {}\n> Accept: */*"])
def test_a_good_token_in_every_form_it_may_be_given(doctor: Doctor, token: str, form: str, ann: Any) -> None:
    said = doctor(NOTES, headers=form.format(token))
    assert f"ok   token        good: user {ann.pk}, client first-party" in said
    assert token not in said


def test_a_revoked_session_is_named(doctor: Doctor, ann: Any) -> None:
    issued = issue_session(ann)
    revoke_session(issued.session_id, "stolen")
    said = doctor(NOTES, headers=issued.access_token, fails=True)
    assert "FAIL token        invalid_token: the session was revoked (stolen)" in said


def test_an_expired_token_comes_with_a_hint(doctor: Doctor, token: str) -> None:
    clock.advance(301)
    said = doctor(NOTES, headers=token, fails=True)
    assert "FAIL token        invalid_token: expired" in said
    assert "Refresh, then ask again." in said


def test_a_view_that_expects_another_audience(doctor: Doctor, token: str, ann: Any) -> None:
    billing = "https://testserver/billing/"
    said = doctor(billing, headers=f"Authorization: Bearer {token}", fails=True)
    assert "FAIL token        invalid_token: aud is not this audience" in said
    assert "resource" in said
    with configured():
        for_billing = issue(ann, "phone", BILLING).access_token
        assert "ok   token" in doctor(billing, headers=f"Authorization: Bearer {for_billing}")


def test_a_token_of_another_issuer(doctor: Doctor, token: str, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUER": "https://other.example.com"}
    assert "no configured key has that kid" in doctor(NOTES, headers=token, fails=True)


def test_plain_http_behind_a_proxy_nobody_named(doctor: Doctor, token: str) -> None:
    said = doctor("http://testserver/notes/", "--peer", "10.0.0.5", headers=token, fails=True)
    assert "FAIL transport    Django takes this request for plain HTTP" in said
    assert 'set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")' in said
    assert 'BEARER["TRUSTED_PROXIES"] = ["10.0.0.5/32"]' in said
    assert "manage.py bearer_runserver" in said
    assert "token   " not in said, "a token that is not believed is not looked at"


def test_the_proxy_header_is_read_as_django_reads_it(doctor: Doctor, token: str, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.5/32"]}
    headers = f"Authorization: Bearer {token}\nX-Forwarded-Proto: https\nX-Forwarded-For: 203.0.113.7"
    said = doctor("http://testserver/notes/", "--peer", "10.0.0.5", headers=headers)
    assert "ok   transport    HTTPS" in said
    assert "counted as 203.0.113.7" in said
    assert "ok   token        good" in said


def test_plain_http_beyond_doubt_revokes_nothing(doctor: Doctor, token: str) -> None:
    from django_bearer.http import https

    https.state.seen = True
    said = doctor("http://testserver/notes/", "--peer", "8.8.8.8", headers=token, fails=True)
    assert "plain HTTP beyond doubt" in said
    assert decode_token(token)
    assert not RevokedToken.objects.exists()


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ("", "no bearer token"),
        ("Authorization: Token abc", "the Authorization header is of another scheme"),
        ("Authorization: Bearer a b", "what follows Bearer is not a token"),
    ],
)
def test_credentials_that_are_none(doctor: Doctor, headers: str, said: str) -> None:
    assert said in doctor(NOTES, headers=headers, fails="Bearer" in headers)


def test_routes_are_named(doctor: Doctor) -> None:
    assert "auth/login/ is django_bearer.endpoints.login." in doctor("https://testserver/auth/login/")
    assert "no route matches '/nowhere/'" in doctor("https://testserver/nowhere/")


def test_nothing_is_written(doctor: Doctor, token: str, django_assert_num_queries: Any) -> None:
    before = list(Session.objects.values())
    doctor(NOTES, headers=token)
    assert list(Session.objects.values()) == before


def test_settings_that_cannot_be_used(doctor: Doctor, settings: Any) -> None:
    settings.BEARER = {"ISSUER": "http://x"}
    said = doctor(NOTES, fails=True)
    assert 'FAIL settings     BEARER["ISSUER"]' in said
    assert "credentials" not in said


def test_a_key_that_does_not_open(doctor: Doctor, token: str, settings: Any) -> None:
    signing_keys.clear_cache()
    settings.SECRET_KEY = "another " * 10
    said = doctor(NOTES, headers=token, fails=True)
    assert "FAIL key ring" in said
    assert "SECRET_KEY_FALLBACKS" in said


def test_a_machine_whose_clock_is_wrong(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    from django_bearer.http import diagnosis

    right = clock.now
    monkeypatch.setattr(diagnosis.clock, "now", lambda: right() + 60_000_000)
    assert "this machine is 60 s ahead of the database" in doctor(fails=True)


def test_a_middleware_that_is_missing(doctor: Doctor, settings: Any) -> None:
    settings.MIDDLEWARE = []
    assert "FAIL check        The bearer middleware is missing or doubled. (bearer.E002)" in doctor(fails=True)


@pytest.mark.parametrize("url", ["notes", "ftp://x/", "https://"])
def test_a_url_that_is_none(doctor: Doctor, url: str) -> None:
    doctor(url, fails=True)


def test_json_for_health_checks(doctor: Doctor, token: str) -> None:
    said = doctor("--json")
    found = json.loads(said)
    assert found["healthy"] is True
    assert {finding["step"] for finding in found["findings"]} >= {"settings", "database", "clocks", "key ring"}
    assert set(found["findings"][0]) == {"step", "good", "said", "hint"}
    assert len(said.strip().splitlines()) == 1


def test_json_of_what_is_wrong(doctor: Doctor, ann: Any, settings: Any) -> None:
    issued = issue_session(ann)
    revoke_session(issued.session_id, "stolen\x1b[31m")
    found = json.loads(said := doctor(NOTES, "--json", headers=issued.access_token, fails=True))
    assert found["healthy"] is False
    assert [finding["step"] for finding in found["findings"] if finding["good"] is False] == ["token"]
    assert issued.access_token not in said
    assert "\x1b" not in said
    settings.BEARER = {}
    assert json.loads(doctor("--json", fails=True))["healthy"] is False
