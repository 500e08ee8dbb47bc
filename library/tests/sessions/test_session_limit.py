"""The limit of sessions: the least recently used one of the same client goes, and no login is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections, transaction

from django_bearer import is_token_revoked, issue_session, refresh_session
from django_bearer.events import EventKind
from django_bearer.models import SecurityEventRecord, Session
from django_bearer.primitives import clock
from tests import databases
from tests.long_waits import long_waits
from tools.support.timeouts import HANG

LIMIT = 3


@pytest.fixture(autouse=True)
def limited(settings: Any) -> None:
    clients = {
        "first-party": {"kind": ["browser", "native"], "session_limit": LIMIT},
        "watch": {"kind": "native", "session_limit": 1},
    }
    settings.BEARER = {**settings.BEARER, "CLIENTS": clients}


def alive() -> set[Any]:
    return set(Session.objects.filter(revoked_at__isnull=True).values_list("pk", flat=True))


def test_the_least_recently_used_goes(ann: Any) -> None:
    with clock.frozen():
        sessions = []
        for _ in range(LIMIT):
            sessions.append(issue_session(ann))
            clock.advance(60)
        assert refresh_session(sessions[0].refresh_token or "").rotated
        newest = issue_session(ann)
        assert is_token_revoked(sessions[1].access_token)
        assert alive() == {sessions[0].session_id, sessions[2].session_id, newest.session_id}
    [event] = SecurityEventRecord.objects.filter(kind=EventKind.SESSION_REVOKED.value)
    assert event.details == {"cause": "evicted"}


def test_each_client_and_each_user_has_a_limit_of_its_own(ann: Any, django_user_model: Any) -> None:
    bob = django_user_model.objects.create_user("bob")
    for user in (ann, bob):
        for _ in range(LIMIT):
            issue_session(user)
        issue_session(user, client_id="watch")
    assert len(alive()) == 2 * (LIMIT + 1)
    issue_session(ann, client_id="watch")
    assert len(alive()) == 2 * (LIMIT + 1)


def test_sessions_that_are_over_take_no_place(ann: Any) -> None:
    with clock.frozen():
        old = [issue_session(ann) for _ in range(LIMIT)]
        clock.advance(15 * 86_400)
        issue_session(ann)
        assert not Session.objects.filter(revoked_cause="evicted").exists()
        assert old


@pytest.mark.parametrize("database", databases.EVERY[1:], indirect=True)
def test_logins_at_once_within_transactions_see_one_another(database: str, django_user_model: Any) -> None:
    ann = django_user_model.objects.using(database).create(username="ann")
    issue_session(ann)  # which makes the keys
    together = Barrier(LIMIT + 2)

    def login(_: int) -> None:
        try:
            with transaction.atomic(using=database):
                issue_session(ann)
                together.wait(HANG)  # nobody has committed before everybody has logged in
        finally:
            connections.close_all()

    with long_waits(), ThreadPoolExecutor(LIMIT + 2) as pool:
        list(pool.map(login, range(LIMIT + 2)))
    assert Session.objects.using(database).filter(revoked_at__isnull=True).count() == LIMIT
