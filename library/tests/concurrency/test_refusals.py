"""A write made because a request is refused survives the refusal, whatever transaction the refusal rolls back."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from django_bearer import issue_session
from django_bearer.database import signing_keys
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions.rotation_rules import MIN_ROTATION_INTERVAL

from .conftest import TRIALS
from .threads import SIZE, Api, ThreadGroup

DUE = MIN_ROTATION_INTERVAL / clock.SECOND + 1


@pytest.fixture
def api(place: str, settings: Any) -> Api:
    settings.ROOT_URLCONF = "tests.concurrency.views"
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    return Api()


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_a_reused_token_ends_its_session_for_good(api: Api, user: Any, at: str) -> None:
    first = issue_session(user)
    second = api.refresh(first.refresh_token or "", at).body
    clock.advance(DUE)
    third = api.refresh(second["refresh_token"], at).body
    assert api.refresh(first.refresh_token or "", at).status == 401
    assert Session.objects.get().revoked_cause == "reuse_ancient"
    assert api.refresh(third["refresh_token"], at).status == 401
    assert api.get("/drf/", third["access_token"]).status == 401


def test_attacker_and_owner_at_once_end_the_session(api: Api, threads: ThreadGroup, user: Any) -> None:
    for _ in range(TRIALS):
        first = issue_session(user)
        second = api.refresh(first.refresh_token or "").body
        clock.advance(DUE)
        # The attacker and the owner at once: whatever the order, the stolen token is two behind or stale.
        jobs = [partial(api.refresh, first.refresh_token or ""), partial(api.refresh, second["refresh_token"])]
        replies = threads.run(jobs * (SIZE // 2))
        assert {reply.status for reply in replies} <= {200, 401}
        row = Session.objects.get(pk=first.session_id)
        assert row.revoked_cause in ("reuse_ancient", "reuse_stale_predecessor")
        kept = [reply.body.get("refresh_token", "") for reply in replies]
        assert {api.refresh(token).status for token in [second["refresh_token"], *kept] if token} == {401}


@pytest.mark.parametrize("view", ["plain-view", "rest-view", "broken-view"])
def test_a_function_called_in_a_view_that_then_refuses_takes_effect(api: Api, user: Any, view: str) -> None:
    for function in ("revoke_session", "revoke_user", "revoke_all_issuer_tokens"):
        issued = issue_session(user)
        assert api.post(f"/{view}/{function}/", token=issued.access_token).status == 403
        assert api.get("/drf/", issued.access_token).status == 401, function
        assert api.refresh(issued.refresh_token or "").status == 401, function


@pytest.mark.parametrize("view", ["plain-view", "rest-view"])
def test_a_token_revoked_in_a_view_that_then_refuses_is_revoked(api: Api, user: Any, view: str) -> None:
    issued = issue_session(user)
    assert api.post(f"/{view}/revoke_token/", token=issued.access_token).status == 403
    assert api.get("/drf/", issued.access_token).status == 401
    assert api.refresh(issued.refresh_token or "").status == 200


def test_a_key_revoked_in_a_view_that_then_refuses_is_revoked(api: Api, user: Any) -> None:
    issued = issue_session(user)
    (kid,) = signing_keys.active("https://api.example.com")
    assert api.post("/plain-view/revoke_key/", token=issued.access_token, headers={"X-Key": kid}).status == 403
    assert api.get("/drf/", issued.access_token).status == 401
    assert kid not in signing_keys.active("https://api.example.com")
    renewed = api.refresh(issued.refresh_token or "").body
    assert api.get("/drf/", renewed["access_token"]).status == 200
