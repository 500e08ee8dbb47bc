"""The admin asks for no scope: a token that was made to do less must not do everything there."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.test import Client

from django_bearer import issue_session
from django_bearer.primitives import clock

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.admin.urls"),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="the admin's own tables want users in this database"),
]
NEW = {"username": "mallory", "password1": "c0rrect-horse", "password2": "c0rrect-horse", "usable_password": "true"}


def bearer(user: Any, **given: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_session(user, **given).access_token}"}


@pytest.fixture
def boss(django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("boss", password="x")


@pytest.mark.parametrize("scope", [["notes:read"], []])
def test_a_narrowed_token_of_a_superuser_does_nothing(scope: list[str], boss: Any, django_user_model: Any) -> None:
    headers = bearer(boss, scope=scope, client_id="other-client")
    assert Client().get("/admin/", headers=headers).json()["code"] == "insufficient_scope"
    assert Client().post("/admin/auth/user/add/", NEW, headers=headers).status_code == 403
    assert not django_user_model.objects.filter(username="mallory").exists()


def test_one_that_may_do_everything_goes_in(boss: Any) -> None:
    assert Client().get("/admin/", headers=bearer(boss)).status_code == 200


def test_a_session_that_nobody_logged_in_to_does_not_go_in(boss: Any, django_user_model: Any) -> None:
    """A session carried on from a token of another package proves no login (`auth_time` 0)."""
    carried = issue_session(boss, carried_until=clock.seconds() + 3600)
    headers = {"Authorization": f"Bearer {carried.access_token}"}
    assert Client().get("/admin/", headers=headers).json()["code"] == "session_required"
    assert Client().post("/admin/auth/user/add/", NEW, headers=headers).status_code == 403
    assert not django_user_model.objects.filter(username="mallory").exists()
