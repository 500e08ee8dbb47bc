"""Turning the refresh endpoint against its honest users."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_bearer import issue_session, refresh_session
from django_bearer.errors import RateLimited, SessionEnded
from django_bearer.http import refresh_limit
from django_bearer.models import SecurityEventRecord, Session
from django_bearer.primitives import clock
from django_bearer.rate_limits import limiter


def ask(token: str, **more: Any) -> Any:
    return Client().post("/auth/refresh/", {"refresh_token": token, **more}, content_type="application/json")


def test_a_limited_address_keeps_no_loser_of_a_race_from_its_successor(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it had to wait, it would send the predecessor after the grace period and lose its session."""
    token = issue_session(ann).refresh_token or ""
    successor = ask(token).json()["refresh_token"]
    monkeypatch.setattr(refresh_limit.limiter, "admit", lambda buckets: 60)
    again = ask(token)
    assert again.status_code == 200
    assert again.json()["refresh_token"] == successor
    assert ask(successor).status_code == 429
    assert limiter is refresh_limit.limiter


def test_a_scope_of_nothing_but_spaces_is_no_scope(ann: Any) -> None:
    token = issue_session(ann, scope=["notes:read"]).refresh_token or ""
    assert ask(token, scope="  ").json()["scope"] == ""


@pytest.fixture
def three(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "REFRESH_RATE_LIMITS": {"session": "3/hour"}}


def noted() -> int:
    rows = SecurityEventRecord.objects.filter(kind="authn_refresh_refused")
    return sum(rows.values_list("count", flat=True))


@pytest.mark.parametrize("asked", [{"client_id": "other-client"}, {"scope": "beyond"}, {"resource": "elsewhere"}])
def test_what_is_refused_is_counted_before_anything_is_written(asked: Any, three: None, ann: Any) -> None:
    token = issue_session(ann).refresh_token or ""
    codes = [ask(token, **asked).status_code for _ in range(8)]
    assert codes.count(429) == 5
    assert codes[3:] == [429] * 5
    assert noted() <= 3


def test_a_project_that_refreshes_by_itself_is_limited_too(three: None, ann: Any) -> None:
    token = issue_session(ann).refresh_token or ""
    for _ in range(3):
        with pytest.raises(SessionEnded):
            refresh_session(token, client_id="other-client")
    with pytest.raises(RateLimited) as refused:
        refresh_session(token, client_id="other-client")
    assert refused.value.retry_after > 1
    assert noted() == 3


def test_a_full_bucket_keeps_no_stolen_session_alive(three: None, ann: Any) -> None:
    with clock.frozen():
        first = issue_session(ann).refresh_token or ""
        successor = ask(first).json()["refresh_token"]
        assert [ask(successor).status_code for _ in range(4)] == [200] * 3 + [429]
        clock.advance(31)
        assert ask(first).status_code == 429
        assert Session.objects.get().revoked_cause.startswith("reuse_")
