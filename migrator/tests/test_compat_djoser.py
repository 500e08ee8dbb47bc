"""djoser's token endpoints over ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from django_bearer import ApiToken, Session

from .conftest import PASSWORD, bridge, day
from .test_simplejwt import get


@pytest.fixture(autouse=True)
def accepted(fresh: None, settings: Any) -> None:
    settings.BEARER_MIGRATE = {**bridge(), "authtoken": {"UNTIL": day(90), "SCOPES": ["notes:read"]}}


def post(path: str, members: Any, **headers: str) -> Any:
    return Client(headers=headers).post(f"/djoser/{path}", members, "application/json", secure=True)


CREDENTIALS = {"username": "ann", "password": PASSWORD}


def test_login_and_logout_with_a_key(ann: Any) -> None:
    found = post("token/login/", CREDENTIALS)
    assert (found.status_code, set(found.json())) == (200, {"auth_token"})
    key = found.json()["auth_token"]
    assert get(key, scheme="Token").json() == {"user": "ann", "legacy": None}
    assert post("token/logout/", {}, Authorization=f"Token {key}").status_code == 204
    assert get(key, scheme="Token").status_code == 401
    assert ApiToken.objects.get().revoked_at is not None
    wrong = post("token/login", {**CREDENTIALS, "password": "x"})
    assert (wrong.status_code, set(wrong.json())) == (400, {"non_field_errors"})
    assert post("token/logout/", {}).status_code == 401


def test_logout_with_an_old_key_or_an_access_token(ann: Any) -> None:
    key = Token.objects.create(user=ann).key
    assert post("token/logout/", {}, Authorization=f"Token {key}").status_code == 204
    assert not Token.objects.exists()
    pair = post("jwt/create/", CREDENTIALS).json()
    assert post("token/logout/", {}, Authorization=f"Bearer {pair['access']}").status_code == 204
    assert Session.objects.filter(revoked_at__isnull=True).count() == 0


def test_jwt(ann: Any) -> None:
    pair = post("jwt/create/", CREDENTIALS).json()
    assert set(pair) == {"access", "refresh"}
    assert post("jwt/verify/", {"token": pair["access"]}).json() == {}
    assert set(post("jwt/refresh/", {"refresh": pair["refresh"]}).json()) >= {"access"}
    assert post("jwt/refresh/", {"refresh": "x"}).json()["code"] == "token_not_valid"
