"""Apps in a web view and browser extensions: an explicit kind of client, and no page becomes one by an origin."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client, override_settings

from django_bearer import conf
from tests.conftest import PASSWORD

APP = "capacitor://localhost"
EXTENSION = "chrome-extension://abcdefghijklmnop"
CLIENTS = {
    "first-party": {"kind": ["browser", "native"]},
    "app": {"kind": "webview", "app_origins": [APP, EXTENSION]},
}


@pytest.fixture(autouse=True)
def clients(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "CLIENTS": CLIENTS}


def login(origin: str | None, client: str = "app", **headers: str) -> Any:
    body = {"username": "ann@example.com", "password": PASSWORD, "client_id": client}
    sent = {**({} if origin is None else {"Origin": origin}), **headers}
    return Client().post("/auth/login/", body, content_type="application/json", headers=sent)


@pytest.mark.parametrize("origin", [APP, EXTENSION])
def test_an_app_gets_its_tokens_in_the_body(origin: str, ann: Any) -> None:
    answer = login(origin, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert not answer.cookies
    body = {"refresh_token": answer.json()["refresh_token"], "client_id": "app"}
    found = Client().post("/auth/refresh/", body, content_type="application/json", headers={"Origin": origin})
    assert found.status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "https://api.example.com", "null", "http://localhost", "https://localhost"),
        *("CAPACITOR://localhost", "capacitor://localhost.evil.example", "capacitor://evil", f"{APP}/", f"{APP} "),
        *("chrome-extension://another", "file://", ""),
    ],
)
def test_no_page_gets_a_refresh_token_in_a_body(origin: str, ann: Any) -> None:
    answer = login(origin)
    assert answer.status_code == 403
    assert "refresh_token" not in answer.json()


def test_a_page_without_an_origin_is_a_page_still(ann: Any) -> None:
    assert login(None, **{"Sec-Fetch-Site": "same-origin"}).status_code == 403


def test_an_app_speaks_for_its_own_client_only(ann: Any) -> None:
    """Otherwise it would be taken for a native app of any client."""
    assert login(APP, "first-party").json()["code"] == "origin_refused"


def test_an_apps_cookies_are_not_asked(ann: Any) -> None:
    client = Client()
    page = {"Origin": "https://api.example.com", "X-Bearer-Client": "first-party"}
    body = {"username": "ann@example.com", "password": PASSWORD}
    assert client.post("/auth/login/", body, content_type="application/json", headers=page, secure=True).cookies
    asked = {"client_id": "app"}
    found = client.post(
        "/auth/refresh/", asked, content_type="application/json", headers={"Origin": APP}, secure=True
    )
    assert found.status_code == 400


def faults(**client: Any) -> str:
    with override_settings(BEARER={**django_settings.BEARER, "CLIENTS": {"app": client}}):
        return "\n".join(conf.faults())


@pytest.mark.parametrize(
    "client",
    [
        {"kind": "native", "app_origins": [APP]},
        {"kind": "browser", "app_origins": [APP]},
        {"kind": "webview"},
        {"kind": ["webview", "browser"], "app_origins": [APP]},
        {"kind": "webview", "app_origins": [APP], "secret_digest": "sha256:" + "A" * 43},
        {"kind": "webview", "app_origins": [APP], "origins": ["https://api.example.com"]},
        *(
            {"kind": "webview", "app_origins": [origin]}
            for origin in (
                "https://localhost",
                "http://localhost",
                "file://x",
                "*",
                "capacitor://*",
                "null",
                "blob://x",
            )
        ),
    ],
)
def test_what_cannot_be_set(client: dict[str, Any]) -> None:
    assert "app" in faults(**client)


def test_what_can() -> None:
    assert faults(kind=["webview", "native"], app_origins=[APP]) == ""
