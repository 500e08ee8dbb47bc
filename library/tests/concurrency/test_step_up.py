"""Step-ups and refreshes of one session at once: one line of tokens goes on, and no other."""

from __future__ import annotations

from functools import partial
from typing import Any

from django_bearer import issue_session
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD

from .conftest import TRIALS
from .threads import SIZE, Api, ThreadGroup


def test_one_of_many_step_ups_wins_and_the_session_goes_on(api: Api, threads: ThreadGroup, user: Any) -> None:
    for _ in range(TRIALS):
        issued = issue_session(user)
        clock.advance(2)
        ask = partial(api.post, "/auth/step-up/", {"password": PASSWORD}, issued.access_token)
        replies = threads.run([ask] * SIZE)
        (won,) = [reply for reply in replies if reply.status == 200]
        assert {reply.status for reply in replies} <= {200, 401, 503}
        row = Session.objects.get(pk=issued.session_id)
        assert (row.generation, row.revoked_at) == (1, None)
        assert api.refresh(won.body["refresh_token"]).status == 200
        assert api.get("/plain/", won.body["access_token"]).status == 200
        assert api.get("/plain/", issued.access_token).status == 401


def test_a_step_up_that_meets_refreshes_is_not_lost_and_neither_is_the_session(
    api: Api, threads: ThreadGroup, user: Any
) -> None:
    for _ in range(TRIALS):
        issued = issue_session(user)
        step = partial(api.post, "/auth/step-up/", {"password": PASSWORD}, issued.access_token)
        replies = threads.run([step, *[partial(api.refresh, issued.refresh_token or "")] * 3])
        assert replies[0].status == 200, replies[0].body
        assert {reply.status for reply in replies[1:]} <= {200, 503}
        assert api.refresh(replies[0].body["refresh_token"]).status == 200
        assert Session.objects.get(pk=issued.session_id).revoked_at is None
