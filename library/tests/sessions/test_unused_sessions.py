"""A session whose tokens nobody has shown yet lives as long as its settings say: its client may be switched off."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_bearer import errors, issue_session, refresh_session
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD
from tests.token_clients import BILLING, configured

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86_400
IDLE = 14 * DAY
"""The default of SESSION_IDLE_LIFETIME."""


@pytest.mark.parametrize("days", [4, 13])
def test_a_device_that_was_logged_in_and_left_unused_stays_logged_in(days: int, ann: Any) -> None:
    """It shows nothing for days, and then the refresh token, which is all that it kept."""
    body = {"username": "ann@example.com", "password": PASSWORD}
    kept = Client().post("/auth/login/", body, content_type="application/json").json()["refresh_token"]
    clock.advance(days * DAY)
    answer = Client().post("/auth/refresh/", {"refresh_token": kept}, content_type="application/json")
    assert answer.status_code == 200
    clock.advance(days * DAY)
    again = {"refresh_token": answer.json()["refresh_token"]}
    assert Client().post("/auth/refresh/", again, content_type="application/json").status_code == 200


def test_what_the_login_says_of_its_end_is_when_it_ends(ann: Any) -> None:
    with configured():
        issued = issue_session(ann)
        said = issued.refresh_expires_in
        assert said == IDLE
        clock.advance(said - 1)
        assert refresh_session(issued.refresh_token or "").rotated


def test_a_session_that_is_never_used_ends_when_it_was_idle_for_too_long(ann: Any) -> None:
    """Among them those of an answer that nobody got."""
    lost = issue_session(ann)
    clock.advance(IDLE + 1)
    with pytest.raises(errors.SessionEnded, match="idle"):
        refresh_session(lost.refresh_token or "")


def test_tokens_for_other_services_may_be_shown_there_alone(ann: Any) -> None:
    with configured():
        issued = issue_session(ann, client_id="phone", resource=[BILLING])
        clock.advance(13 * DAY)
        assert refresh_session(issued.refresh_token or "", client_id="phone").rotated


def test_a_request_writes_nothing_to_its_session(ann: Any, django_assert_num_queries: Any) -> None:
    issued = issue_session(ann)
    before = Session.objects.values().get()
    headers = {"Authorization": f"Bearer {issued.access_token}"}
    with django_assert_num_queries(1):
        assert Client().get("/plain/", headers=headers).status_code == 200
    assert Session.objects.values().get() == before


def test_a_client_whose_sessions_are_idle_sooner_keeps_its_own_end(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "SESSION_IDLE_LIFETIME": 600}
    issue_session(ann)
    row = Session.objects.get()
    assert row.idle_ends_at - row.created_at == 600 * clock.SECOND
