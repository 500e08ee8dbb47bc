"""Revocation by clients (RFC 7009): RV-01 to RV-08, each a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from django_bearer import refresh_session
from django_bearer.errors import Failure, TemporarilyUnavailable
from django_bearer.http import authentication, https
from django_bearer.models import RevokedToken, Session
from django_bearer.primitives import clock
from tests.token_clients import FORM, OTHER_SECRET, PREFIXES, SECRET, alive, ask, basic, configured, issue


@pytest.fixture(autouse=True)
def clients() -> Iterator[None]:
    with configured():
        yield


def is_done(answer: Any) -> bool:
    return (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"", "no-store")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("form", [True, False])
def test_rv_01_a_form_or_json_with_the_token(prefix: str, form: bool, ann: Any) -> None:
    issued = issue(ann)
    assert is_done(ask(f"{prefix}/revoke/", {"token": issued.access_token}, form=form))
    assert not alive(issued.access_token)
    for nothing in ({}, {"token": ""}):
        found = ask(f"{prefix}/revoke/", nothing, form=form)
        assert (found.status_code, found.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_rv_01_post_only_and_never_a_token_in_the_url(prefix: str, ann: Any) -> None:
    issued = issue(ann)
    found = Client().get(f"{prefix}/revoke/", {"token": issued.access_token})
    assert (found.status_code, found.json()["code"]) == (405, "method_not_allowed")
    assert ask(f"{prefix}/revoke/?token={issued.access_token}", {}, form=True).status_code == 400
    assert alive(issued.access_token)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("body", ["token=a&token=b", "token=%ff", "a=1&" * 60 + "token=a"])
def test_rv_01_an_ambiguous_form_is_a_clear_400(prefix: str, body: str, db: Any) -> None:
    assert ask(f"{prefix}/revoke/", body, form=True).json()["code"] == "invalid_request"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_rv_02_a_confidential_client_proves_itself_first(prefix: str, ann: Any) -> None:
    issued = issue(ann, "backend")
    body = {"token": issued.access_token, "client_id": "backend"}
    for refused in (
        ask(f"{prefix}/revoke/", body, form=True),
        ask(f"{prefix}/revoke/", {**body, "client_secret": SECRET.text}, form=True),
        ask(f"{prefix}/revoke/", {"token": issued.access_token}, **basic("backend", "")),
    ):
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused["WWW-Authenticate"].startswith("Basic ")
    assert alive(issued.access_token)
    assert is_done(ask(f"{prefix}/revoke/", {"token": issued.access_token}, **basic("backend", OTHER_SECRET.text)))
    assert not alive(issued.access_token)


def test_rv_02_a_client_names_itself_once(ann: Any) -> None:
    body = {"token": "x", "client_id": "backend", "client_secret": OTHER_SECRET.text}
    found = ask("/auth/revoke/", body, **basic("backend", OTHER_SECRET.text))
    assert (found.status_code, found.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_rv_02_a_token_of_another_client_is_not_revoked_and_nothing_is_told(prefix: str, ann: Any) -> None:
    issued = issue(ann, "phone")
    unknown = ask(f"{prefix}/revoke/", {"token": "unknown"})
    for token in (issued.access_token, issued.refresh_token):
        found = ask(f"{prefix}/revoke/", {"token": token})
        assert is_done(found)
        assert found.headers == unknown.headers
    assert alive(issued.access_token)
    assert refresh_session(issued.refresh_token or "", client_id="phone")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "magic", "", 7])
def test_rv_03_the_hint_changes_nothing(hint: Any, ann: Any) -> None:
    first, second = issue(ann), issue(ann)
    ask("/auth/revoke/", {"token": first.access_token, "token_type_hint": hint})
    ask("/auth/revoke/", {"token": second.refresh_token, "token_type_hint": hint})
    assert not alive(first.access_token)
    assert not alive(second.access_token)


def test_rv_04_the_next_request_is_refused_by_what_the_database_says(ann: Any) -> None:
    """Other processes share nothing but the database: so it is there, and nowhere else."""
    issued = issue(ann)
    assert alive(issued.access_token)
    ask("/auth/revoke/", {"token": issued.access_token})
    assert not alive(issued.access_token)
    RevokedToken.objects.all().delete()
    assert alive(issued.access_token)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_rv_05_a_refresh_token_of_any_generation_takes_the_session_along(prefix: str, ann: Any) -> None:
    first = issue(ann)
    second = refresh_session(first.refresh_token or "")
    assert is_done(ask(f"{prefix}/revoke/", {"token": first.refresh_token}, form=True))
    assert not alive(first.access_token)
    assert not alive(second.access_token)
    assert Session.objects.get().revoked_cause == "revoked_by_client"


def test_rv_05_an_access_token_leaves_its_session_alone(ann: Any) -> None:
    issued = issue(ann)
    ask("/auth/revoke/", {"token": issued.access_token})
    assert alive(refresh_session(issued.refresh_token or "").access_token)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_rv_06_whatever_became_of_the_token_the_answer_is_one(prefix: str, ann: Any) -> None:
    with clock.frozen():
        expired, twice, ended = issue(ann), issue(ann), issue(ann)
        clock.advance(299)
        ask(f"{prefix}/revoke/", {"token": ended.refresh_token})
        clock.advance(300)
        again = twice.access_token
        for token in (expired.access_token, again, again, ended.refresh_token, "x", "a.b.c"):
            assert is_done(ask(f"{prefix}/revoke/", {"token": token}, form=True))


def test_rv_07_what_cannot_be_told_just_now_is_a_503_and_still_valid(ann: Any, monkeypatch: Any) -> None:
    issued = issue(ann)
    busy = Failure(TemporarilyUnavailable, "the ring cannot be read")
    with monkeypatch.context() as patch:
        patch.setattr(authentication, "verify_token_for_any", lambda *args: busy)
        found = ask("/auth/revoke/", {"token": issued.access_token})
    assert (found.status_code, found["Retry-After"]) == (503, "1")
    assert alive(issued.access_token)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_rv_08_an_address_that_asks_too_often_waits(prefix: str, db: Any) -> None:
    bearer = {**settings.BEARER, "TOKEN_RATE_LIMITS": {"revoke": "3/minute"}}
    with clock.frozen(), override_settings(BEARER=bearer):
        codes = [ask(f"{prefix}/revoke/", {"token": "x"}).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]


def test_a_token_in_a_form_is_no_second_credential(ann: Any) -> None:
    issued = issue(ann)
    found = Client().post("/auth/revoke/", f"token={issued.access_token}", content_type=FORM)
    assert is_done(found)


def test_over_plain_http_nothing_is_taken(ann: Any) -> None:
    issued = issue(ann)
    found = Client(REMOTE_ADDR="198.51.100.7").post("/auth/revoke/", {"token": issued.refresh_token}, FORM)
    assert found.status_code == 400


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", ["revoke", "introspect"])
def test_a_form_is_capped_before_it_is_read(prefix: str, name: str, db: Any) -> None:
    found = ask(f"{prefix}/{name}/", {"token": "x" * 20_000}, form=True, **basic("gateway", SECRET.text))
    assert (found.status_code, found.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", ["verify", "revoke", "introspect"])
def test_a_token_overheard_beyond_doubt_is_refused_and_revoked(prefix: str, name: str, ann: Any) -> None:
    issued = issue(ann)
    assert alive(issued.access_token)
    with configured(TRUSTED_PROXIES=["198.51.100.7/32"]):
        https.state.seen = True
        meta = {
            "REMOTE_ADDR": "198.51.100.7",
            "HTTP_X_FORWARDED_FOR": "203.0.113.9",
            "HTTP_X_FORWARDED_PROTO": "http",
        }
        found = Client(**meta).post(f"{prefix}/{name}/", {"token": issued.access_token}, "application/json")
        assert (found.status_code, found.json()["code"]) == (400, "insecure_transport")
    assert not alive(issued.access_token)
