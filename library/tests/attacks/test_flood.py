"""Work and log lines that an attacker can cause at will."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client

from django_bearer.http import https

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("url", ["/plain/", "/auth/login/", "/drf-auth/login/"])
def test_a_length_of_five_thousand_digits_is_refused_and_not_a_crash(url: str, db: Any) -> None:
    found = Client(raise_request_exception=False).generic(
        "POST",
        url,
        b"",
        "application/json" if "login" in url else FORM,
        CONTENT_LENGTH="9" * 5000,
        HTTP_AUTHORIZATION="Bearer x",
    )
    assert 400 <= found.status_code < 500


def test_anonymous_requests_in_clear_write_one_line_a_second(db: Any, settings: Any, caplog: Any) -> None:
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    https.state.seen = True
    with caplog.at_level(logging.INFO, "django_bearer.security"):
        for _ in range(20):
            Client(REMOTE_ADDR="8.8.8.8").get("/plain/", headers={"Authorization": "Bearer x"})
    assert len([record for record in caplog.records if "plain_http" in record.getMessage()]) == 1


def test_attempts_over_a_full_rate_limit_write_one_line_a_second(ann: Any, caplog: Any) -> None:
    body = {"username": "ann@example.com", "password": "wrong"}
    with caplog.at_level(logging.INFO, "django_bearer.security"):
        for _ in range(30):
            Client().post("/auth/login/", body, content_type="application/json")
    assert len([record for record in caplog.records if "login_rate_limited" in record.getMessage()]) == 1
