"""Turning the refresh endpoint against its honest users."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_bearer import issue_session
from django_bearer.endpoints import refresh as door
from django_bearer.throttling import limiter


def ask(token: str, **more: Any) -> Any:
    return Client().post("/auth/refresh/", {"refresh_token": token, **more}, content_type="application/json")


def test_a_full_source_keeps_no_loser_of_a_race_from_its_successor(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to wait, it would come with the parent after the grace, and lose its session by its neighbours' doing."""
    token = issue_session(ann).refresh_token or ""
    child = ask(token).json()["refresh_token"]
    monkeypatch.setattr(door.limiter, "admit", lambda buckets: 60)
    again = ask(token)
    assert again.status_code == 200
    assert again.json()["refresh_token"] == child
    assert ask(child).status_code == 429
    assert limiter is door.limiter


def test_a_scope_of_nothing_but_spaces_is_no_scope(ann: Any) -> None:
    token = issue_session(ann, scope=["notes:read"]).refresh_token or ""
    assert ask(token, scope="  ").json()["scope"] == ""
