"""Eight threads present one refresh token at once: all get the same successor."""

from __future__ import annotations

from functools import partial
from typing import Any

from django_bearer import issue_session
from django_bearer.models import Session

from .conftest import TRIALS
from .threads import SIZE, Api, ThreadGroup


def test_everybody_gets_the_same_successor(api: Api, threads: ThreadGroup, user: Any) -> None:
    for _ in range(TRIALS):
        issued = issue_session(user)
        replies = threads.run([partial(api.refresh, issued.refresh_token or "")] * SIZE)
        assert {reply.status for reply in replies} == {200}
        (successor,) = {reply.body["refresh_token"] for reply in replies if "refresh_token" in reply.body}
        row = Session.objects.get(pk=issued.session_id)
        assert (row.generation, row.revoked_at) == (1, None)
        # It is the live one: it is the row's own, so it is held and not taken for a stolen one.
        assert api.refresh(successor).status == 200
        calls = threads.run([partial(api.get, "/drf/", reply.body["access_token"]) for reply in replies])
        assert {call.status for call in calls} == {200}
