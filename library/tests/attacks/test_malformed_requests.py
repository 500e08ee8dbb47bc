"""Malformed requests to every endpoint: wrong types, half characters, odd headers and cookies. None gets a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_bearer import issue_session
from tests.conftest import PASSWORD

ENDPOINTS = [
    "login",
    "refresh",
    "logout",
    "logout-everywhere",
    "verify",
    "revoke",
    "introspect",
    "api-tokens",
    "csp-report",
]
NAMES = ["username", "password", "scope", "client_id", "client_secret", "resource", "known_device_token"]
NAMES += ["refresh_token", "retry_key", "token", "name", "expires_in"]
VALUES: list[Any] = [None, True, 0, -1, 10**30, 1.5, "", "\x00", "\ud800", "x" * 5000, [], {}, [1], {"a": 1}, "a\nb"]
VALUES += ["djb_dv_" + "A" * 107 + "000000", "djb_at_" + "-" * 66 + "000000", "\u00e9" * 300]
TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
TYPES += ["application/csp-report", "application/reports+json", "application/json; charset=utf-16"]
API_TOKEN = "Bearer djb_at_" + "A" * 66 + "000000"
DEVICE = "__Host-bearer-device="
HEADERS = {
    "Authorization": [
        "Bearer x",
        "Basic eDp5",
        "Basic !!",
        "Bearer djb_at_" + "A" * 66 + "000000",
        "DPoP x",
        "Bearer",
    ],
    "Origin": ["https://api.example.com", "null", "https://[::1", "https://evil.example:99999", "https://a b", "://"],
    "X-Bearer-Client": ["first-party", "", "x" * 300, "nobody"],
    "Sec-Fetch-Site": ["same-origin", "none", "cross-site", ""],
    "Cookie": [DEVICE + "x", "; ;=;a", DEVICE + "A" * 5000, '__Host-bearer-ffffffff-0000000000000000="q"', "=", ";;"],
}


@pytest.mark.django_db
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    endpoint=st.sampled_from(ENDPOINTS),
    drf=st.booleans(),
    body=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=6),
    right=st.booleans(),
    content_type=st.sampled_from(TYPES),
    headers=st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in HEADERS.items()}),
    method=st.sampled_from(["post", "post", "post", "get", "put", "delete", "options"]),
)
def test_every_answer_is_clear(
    ann: Any,
    endpoint: str,
    drf: bool,
    body: dict[str, Any],
    right: bool,
    content_type: str,
    headers: dict[str, str],
    method: str,
) -> None:
    if right:
        body = {"username": "ann@example.com", "password": PASSWORD, **body}
        headers = {"Authorization": f"Bearer {issue_session(ann).access_token}", **headers}
    client = Client(raise_request_exception=False)
    given = {} if method == "get" else {"data": json.dumps(body), "content_type": content_type}
    answer = getattr(client, method)(f"/{'drf-auth' if drf else 'auth'}/{endpoint}/", headers=headers, **given)
    assert answer.status_code < 500
