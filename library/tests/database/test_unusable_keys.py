"""Keys that cannot be used: 503 everywhere, nothing written, and a log that says what to do."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.test import Client

from django_bearer import errors, events, issue_session
from django_bearer.database import signing_keys
from django_bearer.models import SecurityEventRecord, Session, SigningKey
from django_bearer.primitives import clock
from django_bearer.sessions import key_rotation
from django_bearer.sessions.verification import clear_signature_cache
from tests.conftest import PASSWORD
from tests.token_clients import bearer, configured

ISSUER = "https://api.example.com"
pytestmark = pytest.mark.django_db


def closed(settings: Any) -> str:
    """SECRET_KEY was changed, and the old one kept nowhere."""
    settings.SECRET_KEY = "another-secret-key-" * 5
    return "SECRET_KEY_FALLBACKS"


def unsigned(settings: Any) -> str:
    """The row of the only key that signed is gone."""
    key_rotation.publish(ISSUER)
    SigningKey.objects.filter(state="active", use="sig").delete()
    return "bearer_keys activate"


@pytest.fixture(params=[closed, unsigned])
def lost(request: Any, ann: Any, settings: Any) -> Any:
    issued = issue_session(ann)
    issued_hint = request.param(settings)
    signing_keys.clear_cache()
    clear_signature_cache()
    events.forget_samples()
    return issued, issued_hint


def post(path: str, **body: str) -> Any:
    return Client().post(path, body, content_type="application/json")


def login(prefix: str = "/auth") -> Any:
    return post(f"{prefix}/login/", username="ann@example.com", password=PASSWORD)


def is_retry(answer: Any) -> bool:
    said = (answer.status_code, answer.json()["code"], answer.json()["error"], answer.headers["Retry-After"])
    return said == (503, "retry", "temporarily_unavailable", "1")


@pytest.mark.parametrize("prefix", ["/auth", "/drf-auth"])
def test_login_and_refresh_say_try_again_and_write_nothing(lost: Any, prefix: str) -> None:
    issued, _ = lost
    before = list(Session.objects.values())
    assert is_retry(login(prefix))
    assert is_retry(post(f"{prefix}/refresh/", refresh_token=issued.refresh_token))
    assert list(Session.objects.values()) == before


def test_the_log_and_the_event_say_what_to_do(lost: Any, caplog: Any) -> None:
    with caplog.at_level(logging.WARNING, logger="django_bearer"):
        login()
    lines = [json.loads(record.message) for record in caplog.records if "sys_keys_unusable" in record.message]
    assert lines
    assert lines[0]["issuer"] == ISSUER
    assert lost[1] in lines[0]["hint"]
    assert SecurityEventRecord.objects.filter(kind="sys_keys_unusable").exists()


def test_a_flood_is_told_once_a_second(lost: Any, caplog: Any) -> None:
    with caplog.at_level(logging.WARNING, logger="django_bearer"), clock.frozen():
        for _ in range(5):
            login()
    assert sum("sys_keys_unusable" in record.message for record in caplog.records) < 5


def test_the_public_functions_raise_a_refusal(lost: Any, ann: Any) -> None:
    with pytest.raises(errors.TemporarilyUnavailable, match="cannot be used"):
        issue_session(ann)


def test_the_right_password_is_never_throttled_for_it(lost: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address_account": "3/hour"}}
    assert {login().status_code for _ in range(8)} == {503}


def test_the_same_tokens_are_good_when_the_keys_are_back(lost: Any, settings: Any) -> None:
    issued, hint = lost
    assert is_retry(post("/auth/refresh/", refresh_token=issued.refresh_token))
    if "FALLBACKS" in hint:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY, *_before(settings)]
    else:
        key_rotation.activate(ISSUER, signing_keys.stored(ISSUER)[0].kid)
    signing_keys.clear_cache()
    clock.advance(60)
    assert post("/auth/refresh/", refresh_token=issued.refresh_token).status_code == 200
    assert login().status_code == 200


def _before(settings: Any) -> list[str]:
    from tests import settings as original

    return [original.SECRET_KEY]


class TestNothingOpens:
    """What only verifies needs no key that signs; with none that opens it cannot tell either."""

    @pytest.fixture
    def issued(self, ann: Any, settings: Any) -> Any:
        issued = issue_session(ann)
        closed(settings)
        signing_keys.clear_cache()
        clear_signature_cache()
        return issued

    def test_a_request_with_a_token_is_neither_let_in_nor_refused_for_good(self, issued: Any) -> None:
        for path in ("/plain/", "/drf/"):
            assert is_retry(Client().get(path, headers=bearer(issued.access_token)))

    @pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"])
    def test_public_documents(self, issued: Any, path: str) -> None:
        answer = Client().get(path)
        if answer.status_code != 200:
            assert is_retry(answer)
            assert "no-store" in answer.headers["Cache-Control"]

    @pytest.mark.parametrize("path", ["/auth/logout/", "/auth/verify/", "/auth/revoke/"])
    def test_endpoints_that_look_at_a_token(self, issued: Any, path: str) -> None:
        with configured():
            token = issued.refresh_token if "verify" not in path else issued.access_token
            answer = post(path, refresh_token=token, token=token)
        assert is_retry(answer), answer.content
        assert Session.objects.get().revoked_at is None
