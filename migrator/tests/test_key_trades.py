"""Trades of keys: a session of ours for an old key, which stays good; each is counted and limited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken

from django_bearer import ApiToken, Session, issue_session
from django_bearer_migrate import usage
from django_bearer_migrate.models import LegacyUse

from .test_compat_knox import post
from .test_compat_simplejwt import PAGE
from .test_opaque_tokens import BOTH, Make, accepted, of_authtoken, of_knox  # noqa: F401 - a fixture
from .test_simplejwt import changed_password, deactivated, get


def path_of(make: Make) -> str:
    return "/knox/trade/" if make is of_knox else "/authtoken/trade/"


@BOTH
def test_a_key_becomes_a_session_and_stays_good(ann: Any, make: Make) -> None:
    key = make(ann)
    found = [post(path_of(make), key).json() for _ in range(2)]
    assert set(found[0]) >= {"access_token", "refresh_token", "expires_in"}
    assert Session.objects.filter(revoked_at__isnull=True).count() == 2
    for each in found:
        assert get(each["access_token"]).json() == {"user": "ann", "legacy": None}
    assert get(key, scheme="Token").status_code == 200
    refresh = {"refresh_token": found[0]["refresh_token"]}
    assert Client().post("/auth/refresh/", refresh, "application/json", secure=True).status_code == 200
    usage.write()
    assert LegacyUse.objects.get(kind="trade").uses == 2


def test_the_session_ends_with_the_key_at_the_latest_and_is_no_recent_login(ann: Any) -> None:
    key = str(AuthToken.objects.create(ann, expiry=timedelta(hours=1))[1])
    found = post("/knox/trade/", key).json()
    row = Session.objects.get()
    assert row.ends_at - row.created_at <= 3600 * 1_000_000
    made = Client().post(
        "/auth/api-tokens/",
        {"name": "x", "expires_in": 60},
        "application/json",
        secure=True,
        headers={"Authorization": f"Bearer {found['access_token']}"},
    )
    assert made.status_code in (401, 403), made.content
    assert not ApiToken.objects.exists()


@BOTH
def test_trades_are_limited_by_the_key(ann: Any, settings: Any, make: Make) -> None:
    settings.BEARER = {**settings.BEARER, "CODE_RATE_LIMITS": {"address": "100/hour", "account": "2/hour"}}
    key = make(ann)
    assert [post(path_of(make), key).status_code for _ in range(3)] == [200, 200, 429]
    assert Session.objects.count() == 2
    assert get(key, scheme="Token").status_code == 200


@BOTH
def test_what_is_not_traded(ann: Any, make: Make) -> None:
    key, path = make(ann), path_of(make)
    assert post(path, key, **PAGE).status_code == 403  # a page
    assert post(path, key + "0").status_code == 401
    assert Client().post(path, secure=True).status_code == 401
    assert post(path, issue_session(ann).access_token, "Bearer").status_code == 401
    assert Session.objects.count() == 1


@BOTH
@pytest.mark.parametrize("how", [changed_password, deactivated])
def test_a_key_of_an_account_that_changed_is_not_traded(ann: Any, make: Make, how: Any) -> None:
    key = make(ann)
    how(ann)
    assert post(path_of(make), key).status_code == 401
    assert not Session.objects.exists()
