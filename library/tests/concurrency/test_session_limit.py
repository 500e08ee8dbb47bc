"""Logins that race for the last place: all get in, and exactly as many sessions as allowed are alive, the newest."""

from __future__ import annotations

from functools import partial
from typing import Any

from django_bearer.models import Session
from tests.conftest import PASSWORD

from .conftest import TRIALS
from .threads import SIZE, Api, ThreadGroup

LIMIT = 3


def test_many_at_once_at_the_limit(api: Api, threads: ThreadGroup, place: str, user: Any, settings: Any) -> None:
    clients = {"first-party": {"kind": ["browser", "native"], "session_limit": LIMIT}}
    settings.BEARER = {**settings.BEARER, "CLIENTS": clients}
    for _ in range(TRIALS):
        replies = threads.run([partial(api.login, user.username, PASSWORD)] * SIZE)
        assert [reply.status for reply in replies] == [200] * SIZE
        alive = Session.objects.filter(user=user, revoked_at__isnull=True)
        newest = Session.objects.filter(user=user).order_by("-created_at", "-pk")[:LIMIT]
        assert {row.pk for row in alive} == {row.pk for row in newest}
        Session.objects.all().delete()
