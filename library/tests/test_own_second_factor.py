"""A project with a login of its own that asks for a TOTP code and a confirmed e-mail address, and mounts our URLs."""

from __future__ import annotations

import hmac
import json
import struct
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest, JsonResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from django_bearer import Allow, LoginAttempt, Refuse, check_rate_limit, login, public
from django_bearer.integrations.django import bearer_required
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
KEYS: dict[str, bytes] = {}
CONFIRMED: set[str] = set()
NAME = "ann@example.com"


def code_at(key: bytes, step: int) -> str:
    """RFC 6238, RFC 4226 section 5.3."""
    digest = hmac.digest(key, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def is_right(name: str, code: str) -> bool:
    key = KEYS.get(name)
    return key is not None and hmac.compare_digest(code_at(key, clock.seconds() // 30), code)


def policy(attempt: LoginAttempt) -> Allow | Refuse:
    name = attempt.user.get_username()
    if name not in CONFIRMED:
        return Refuse("confirm_email", "Open the link that we have mailed you.")
    if name in KEYS and "otp" not in attempt.methods:
        return Refuse("code_required", "Send the code of your app.")
    return Allow()


@csrf_exempt
@public
def own_login(request: HttpRequest) -> JsonResponse:
    sent = json.loads(request.body)
    check_rate_limit("totp", sent["username"], request=request)
    methods = ["pwd", "otp"] if is_right(sent["username"], sent.get("code", "")) else ["pwd"]
    tokens = login(request, sent["username"], sent["password"], amr=methods).tokens
    return JsonResponse({"access_token": tokens.access_token, "refresh_token": tokens.refresh_token})


@bearer_required
def notes(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"methods": sorted(request.auth.claims.amr)})  # type: ignore[attr-defined]


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("rest/", include("django_bearer.integrations.drf.urls", namespace="rest")),
    path("my/login/", own_login),
    path("notes/", notes),
]


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Any:
    settings.BEARER = {
        **settings.BEARER,
        "LOGIN_POLICY": policy,
        "CODE_RATE_LIMITS": {"account": "1000/hour", "address": "1000/hour"},
    }
    with override_settings(ROOT_URLCONF=__name__), clock.frozen():
        yield
    KEYS.clear()
    CONFIRMED.clear()


@pytest.fixture
def enrolled(ann: Any) -> Any:
    KEYS[NAME] = b"k" * 20
    CONFIRMED.add(NAME)
    return ann


def post(url: str, **body: Any) -> Any:
    client = Client(enforce_csrf_checks=True)
    return client.post(url, body, content_type="application/json", secure=True)


def now() -> str:
    return code_at(KEYS[NAME], clock.seconds() // 30)


@pytest.mark.parametrize("url", ["/auth/login/", "/rest/login/", "/my/login/"])
def test_a_password_alone_opens_no_way(url: str, enrolled: Any) -> None:
    found = post(url, username=NAME, password=PASSWORD)
    assert (found.status_code, found.json()["code"], found.json()["reason"]) == (
        403,
        "login_refused",
        "code_required",
    )
    assert not Session.objects.exists()


@pytest.mark.parametrize("url", ["/auth/login/", "/rest/login/", "/my/login/"])
def test_nor_does_an_address_that_was_not_confirmed(url: str, enrolled: Any) -> None:
    CONFIRMED.clear()
    found = post(url, username=NAME, password=PASSWORD, code=now())
    assert (found.status_code, found.json()["reason"]) == (403, "confirm_email")


def test_both_together_log_in_and_refresh(enrolled: Any) -> None:
    answer = post("/my/login/", username=NAME, password=PASSWORD, code=now()).json()
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert Client().get("/notes/", headers=headers, secure=True).json() == {"methods": ["otp", "pwd"]}
    assert post("/auth/refresh/", refresh_token=answer["refresh_token"]).status_code == 200


@pytest.mark.parametrize("code", ["", "000000", "1" * 7])
def test_a_wrong_code_is_none(code: str, enrolled: Any) -> None:
    assert post("/my/login/", username=NAME, password=PASSWORD, code=code).json()["code"] == "login_refused"
    assert post("/my/login/", username=NAME, password="wrong", code=code).json()["code"] == "invalid_credentials"
    assert post("/my/login/", username="nobody", password="wrong", code=code).json()["code"] == "invalid_credentials"


def test_the_views_own_logins_are_counted_with_all_others(enrolled: Any) -> None:
    codes = [post("/my/login/", username=NAME, password="wrong", code=now()).status_code for _ in range(8)]
    codes += [post("/auth/login/", username=NAME, password="wrong").status_code for _ in range(3)]
    assert codes == [401] * 10 + [429]
    found = post("/my/login/", username=NAME, password=PASSWORD, code=now())
    assert (found.status_code, found.json()["code"]) == (429, "throttled")
    assert int(found["Retry-After"]) > 0


def test_who_enrols_later_keeps_no_session_of_a_password(ann: Any) -> None:
    CONFIRMED.add(NAME)
    answer = post("/auth/login/", username=NAME, password=PASSWORD).json()
    KEYS[NAME] = b"k" * 20
    found = post("/auth/refresh/", refresh_token=answer["refresh_token"])
    assert (found.status_code, found.json()["reason"]) == (403, "code_required")
    assert Session.objects.get().generation == 0


def test_an_api_token_is_made_by_the_sessions_methods(enrolled: Any) -> None:
    answer = post("/my/login/", username=NAME, password=PASSWORD, code=now()).json()
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    body = {"name": "x", "expires_in": 3600}

    def make() -> int:
        client = Client()
        return client.post("/auth/api-tokens/", body, "application/json", headers=headers, secure=True).status_code

    assert make() == 201
    CONFIRMED.clear()
    assert make() == 403


def test_users_are_this_projects_own(enrolled: Any) -> None:
    assert get_user_model().objects.get().get_username() == NAME
