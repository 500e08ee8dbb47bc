"""The doctor's hint on plain HTTP names the setting that this request lacks."""

from __future__ import annotations

from typing import Any

import pytest

from django_bearer.http.https import Transport
from django_bearer.http.transport_hint import hint

HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize("found", [Transport.SECURE, Transport.ALLOWED])
def test_nothing_is_wrong(found: Transport) -> None:
    assert hint(found, {}, None) == ""


@pytest.mark.parametrize(
    ("meta", "header", "said"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, None, "In development run manage.py bearer_runserver"),
        ({"REMOTE_ADDR": "127.0.0.1"}, None, "manage.py runserver with DEBUG = True"),
        ({"REMOTE_ADDR": "2001:db8::1", "HTTP_VIA": "x"}, None, 'BEARER["TRUSTED_PROXIES"] = ["2001:db8::1/128"]'),
        ({"HTTP_X_FORWARDED_PROTO": "https"}, None, "A proxy forwarded this request: set SECURE_PROXY_SSL_HEADER"),
        ({}, None, 'BEARER["TRUSTED_PROXIES"] = ["<its address>"]'),
        ({}, HEADER, "waits for X-Forwarded-Proto: https, and this request has no such header"),
        (
            {"HTTP_X_FORWARDED_PROTO": "http"},
            HEADER,
            "waits for X-Forwarded-Proto: https, and this request says 'http'",
        ),
    ],
)
def test_what_to_set(meta: dict[str, Any], header: tuple[str, str] | None, said: str) -> None:
    assert said in hint(Transport.UNKNOWN, meta, header)


def test_a_client_that_did_use_plain_http() -> None:
    assert "Let the client use https://" in hint(Transport.SURE, {"HTTP_X_FORWARDED_PROTO": "http"}, None)
    assert "SECURE_PROXY_SSL_HEADER" not in hint(Transport.SURE, {}, None)
