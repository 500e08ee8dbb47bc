"""The code in docs/guide/step-up.md, run as it stands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import path

from django_bearer import decode_token, is_token_revoked, issue_session, refresh_session
from django_bearer.primitives import clock
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "step-up.md"
pytestmark = pytest.mark.django_db(transaction=True)


def module(path: str) -> dict[str, Any]:
    [code] = [block.code for block in blocks(GUIDE) if block.path == path]
    names: dict[str, Any] = {"__name__": "printed"}
    exec(code, names)
    return names


urlpatterns: list[Any] = []


@pytest.fixture(autouse=True)
def _mounted(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    codes = ModuleType("mysite.codes")
    codes.code_is_right = lambda name, code: code == "123456"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mysite", ModuleType("mysite"))
    monkeypatch.setitem(sys.modules, "mysite.codes", codes)
    [printed] = [block.code for block in blocks(GUIDE) if "ACR_VALUES" in block.code]
    names = {"BEARER": dict(settings.BEARER)}
    exec(printed, names)
    settings.BEARER = names["BEARER"]
    plain = module("mysite/payouts.py")
    urlpatterns[:] = [
        path("change/", plain["change_account"]),
        path("pay/", plain["pay"]),
        path("rest/", module("mysite/payout_api.py")["Payouts"].as_view()),
        path("confirm/", module("mysite/confirm.py")["confirm"]),
    ]
    with override_settings(ROOT_URLCONF=__name__), clock.frozen():
        yield


def post(url: str, token: str, **body: str) -> Any:
    return Client(enforce_csrf_checks=True).post(url, body, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("url", ["/change/", "/rest/"])
def test_a_recent_login(url: str, ann: Any) -> None:
    token = issue_session(ann).access_token
    assert post(url, token).status_code == 200
    clock.advance(301)
    assert post(url, token).status_code == 401


def test_a_strong_login(ann: Any) -> None:
    assert post("/pay/", issue_session(ann, amr=["pwd"]).access_token).json()["code"] == "login_too_weak"
    assert post("/pay/", issue_session(ann, amr=["pwd", "otp"]).access_token).status_code == 200


def test_a_code_steps_the_session_up(ann: Any) -> None:
    issued = issue_session(ann, amr=["pwd"])
    clock.advance(200)
    assert post("/confirm/", issued.access_token, code="654321").json()["code"] == "invalid_credentials"
    found = post("/confirm/", issued.access_token, code="123456")
    claims = decode_token(found.json()["access_token"])
    assert (claims.sid, claims.auth_time, claims.amr) == (issued.session_id, clock.seconds(), ("otp",))
    assert is_token_revoked(issued.access_token)


def test_the_printed_challenge_is_the_real_one(ann: Any) -> None:
    issued = issue_session(ann)
    clock.advance(301)
    token = refresh_session(issued.refresh_token or "").access_token
    [printed] = [block for block in GUIDE.read_text().split("```") if "WWW-Authenticate:" in block]
    assert " ".join(printed.split()) == f"WWW-Authenticate: {post('/change/', token)['WWW-Authenticate']}"
