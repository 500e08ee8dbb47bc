"""Odd bodies and headers at every compatible endpoint: a clear refusal, and never an error of ours."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from rest_framework_simplejwt.tokens import RefreshToken

from .conftest import day

ENTRY = {"UNTIL": day(90), "SCOPES": []}
PATHS = (
    *(f"/api/token/{name}" for name in ("", "refresh/", "verify/", "blacklist/")),
    *(f"/knox/{name}/" for name in ("login", "logout", "logoutall", "trade")),
    *(f"/o/{name}/" for name in ("token", "revoke_token", "introspect")),
    *(f"/dj/{name}/" for name in ("login", "logout", "user", "token/verify", "token/refresh")),
    *(f"/djoser/{name}/" for name in ("jwt/create", "jwt/refresh", "jwt/verify", "token/login", "token/logout")),
    *(f"/authtoken/{name}/" for name in ("token", "trade")),
)
NAMES = (
    "username",
    "email",
    "password",
    "refresh",
    "token",
    "refresh_token",
    "client_id",
    "client_secret",
    "retry_key",
)


def segment(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


DEEP = segment("[" * 5000)
TYPED = segment('{"alg": "HS256", "typ": "JWT"}')
ODD: dict[str, Any] = {
    "half of a character": "\ud800",
    "half of a character in a token": "\ud800.a.b",
    "no character": "a\0b",
    "a deep header": f"{DEEP}.e30.AA",
    "a deep payload": f"{TYPED}.{DEEP}.AA",
    "an algorithm that is no text": f"{segment(json.dumps({'alg': ['HS256'], 'kid': 5, 'typ': {}}))}.e30.AA",
    "a header of another kind": f"{segment('5')}.e30.AA",
    "not ASCII": "é.ü.ñ",
    "a long one": "a" * 9000,
    "a number": 10**400,
    "a list": [["a"]],
    "a mapping": {"a": {}},
    "nothing": None,
    "a truth": True,
    "of ours, cut off": "djb_rt_AAAA",
    "of ours, made up": "djb_rt_" + "é" * 130,
}


@pytest.fixture(autouse=True)
def every_bridge(fresh: None, settings: Any) -> None:
    settings.BEARER_MIGRATE = {
        "simplejwt": {**ENTRY, "TRADE": True},
        "knox": ENTRY,
        "authtoken": ENTRY,
        "dot": {**ENTRY, "TRADE": True},
    }
    settings.REST_AUTH = {"USE_JWT": True, "JWT_AUTH_COOKIE": "access", "JWT_AUTH_REFRESH_COOKIE": "refresh"}


LOGOUTS = ("/api/token/blacklist/", "/dj/logout/")


@pytest.mark.parametrize(
    "path", [path if path == "/api/token/refresh/" else pytest.param(path, marks=pytest.mark.hard) for path in PATHS]
)
def test_an_odd_body_is_refused(path: str, ann: Any) -> None:
    for what, value in ODD.items():
        body = json.dumps(dict.fromkeys(NAMES, value) | {"grant_type": "refresh_token"})
        found = Client().post(path, body, "application/json", secure=True)
        # Nothing is ended by a logout with what is no token, and that is no fault (RFC 7009 section 2.2).
        assert 400 <= found.status_code < 500 or (found.status_code == 200 and path in LOGOUTS), (what, found.content)
    for body in ("[]", "5", '"a"', "null", "[" * 100_000, "{", b"\xff\xfe", "{" + '"a":{' * 5000):
        assert 400 <= Client().post(path, body, "application/json", secure=True).status_code < 500, body[:20]


@pytest.mark.hard
@pytest.mark.parametrize("scheme", ["Bearer", "Token", "JWT", "Basic"])
def test_an_odd_header_is_refused(scheme: str, ann: Any) -> None:
    for what, value in ODD.items():
        for path in ("/notes/", "/knox/trade/", "/o/introspect/", "/dj/logout/"):
            sent = str(value).encode("utf-8", "surrogatepass").decode("latin-1")
            found = Client().post(
                path, {}, "application/json", secure=True, headers={"Authorization": f"{scheme} {sent}"}
            )
            assert 400 <= found.status_code < 500, (what, path, found.content)


@pytest.mark.hard
@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_an_odd_retry_key_is_refused_and_loses_no_token(value: Any, ann: Any) -> None:
    body = {"refresh": str(RefreshToken.for_user(ann)), "retry_key": value}
    found = Client().post("/api/token/refresh/", json.dumps(body), "application/json", secure=True)
    assert found.status_code in (200, 400, 401), found.content
    again = Client().post("/api/token/refresh/", {"refresh": body["refresh"]}, "application/json", secure=True)
    assert again.status_code == 200


@pytest.mark.hard
@pytest.mark.parametrize("value", [str(each) for each in ODD.values()], ids=ODD)
def test_an_odd_cookie_is_refused(value: str, ann: Any) -> None:
    for name in ("access", "refresh"):
        for path in ("/notes/", "/dj/logout/", "/dj/token/refresh/"):
            client = Client()
            client.cookies[name] = value.encode("utf-8", "surrogatepass").decode("latin-1").replace("\0", "")
            found = client.post(path, {}, "application/json", secure=True)
            assert 400 <= found.status_code < 500 or (found.status_code == 200 and path in LOGOUTS)
