"""Feed mode across processes: whatever a request asks for that began after the bound is refused."""

from __future__ import annotations

import os
import random
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections, transaction

from django_bearer import issue_session, revoke_session, revoke_user
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests import databases, feed_install
from tests.http.feed_worker import Worker, worker
from tools.support.timeouts import HANG

DELAY = 1


@pytest.fixture(params=[databases.LONG[0], databases.LONG[1], databases.LONG[3]])
def feed(request: pytest.FixtureRequest) -> Iterator[str]:
    with databases.use(request.param), feed_install.installed(request.param):
        feed_install.forget_that_it_is_new(request.param)
        yield request.param


@pytest.fixture
def served(feed: str) -> Iterator[Worker]:
    with worker(feed, DELAY) as process:
        yield process


@pytest.fixture
def token(served: Worker, ann: Any) -> str:
    """A token that the worker has accepted."""
    issued: str = issue_session(ann).access_token
    assert until(served, issued, 200, after=clock.through_suspend())
    return issued


def until(served: Worker, token: str, status: int, after: float, path: str = "/key/") -> list[int]:
    """The answers until one has this status. No request that began past the bound may be accepted, if it was 200."""
    found: list[int] = []
    while not found or found[-1] != status:
        answer, began = served.get(token, path)
        found.append(answer)
        if status != 200:
            assert answer != 200 or began <= after + DELAY, f"accepted {began - after} s after the commit"
        assert len(found) < 1_000_000
    return found


ENDS: dict[str, Callable[[Any, str], object]] = {
    "session": lambda user, using: revoke_session(Session.objects.get(user=user)),
    "everywhere": lambda user, using: revoke_user(user),
    "password by SQL": lambda user, using: sql(using, f"UPDATE {table()} SET password = '!' WHERE id = {user.pk}"),
    "user deleted by SQL": lambda user, using: sql(using, f"DELETE FROM {table()} WHERE id = {user.pk}"),
}


def table() -> str:
    return str(get_user_model()._meta.db_table)


def sql(using: str, statement: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(statement)


def test_a_change_is_known_in_another_process_within_the_bound(served: Worker, feed: str, token: str) -> None:
    for number, end in enumerate(ENDS.values()):
        user = get_user_model().objects.create(**{get_user_model().USERNAME_FIELD: f"user-{number}"})
        theirs = issue_session(user).access_token
        until(served, theirs, 200, after=clock.through_suspend())
        end(user, feed)
        assert until(served, theirs, 401, after=clock.through_suspend())


def test_a_stopped_worker_accepts_nothing_until_it_has_caught_up(served: Worker, token: str, feed: str) -> None:
    served.signal(signal.SIGSTOP)
    try:
        revoke_session(Session.objects.get())
        committed = clock.through_suspend()
        while clock.through_suspend() <= committed + DELAY:
            clock.pause(0.05)
    finally:
        served.signal(signal.SIGCONT)
    assert set(until(served, token, 401, after=committed)) <= {401, 503}


def test_a_lost_feed_is_503_until_it_is_back(served: Worker, token: str, feed: str) -> None:
    sql(feed, "ALTER TABLE django_bearer_feed RENAME TO gone")
    assert until(served, token, 503, after=clock.through_suspend())
    sql(feed, "ALTER TABLE gone RENAME TO django_bearer_feed")
    assert until(served, token, 200, after=clock.through_suspend())


def test_a_dropped_trigger_is_503(served: Worker, token: str, feed: str) -> None:
    from django_bearer.database import feed_triggers

    name, on = sorted(feed_triggers.existing(feed))[0]
    sql(feed, f"DROP TRIGGER {name}" + (f" ON {on}" if connections[feed].vendor == "postgresql" else ""))
    assert until(served, token, 503, after=clock.through_suspend())


def test_a_forked_process_reads_for_itself(served: Worker, token: str) -> None:
    assert served.get(token, "fork")[0] in (200, 503)
    revoke_session(Session.objects.get())
    assert until(served, token, 401, after=clock.through_suspend(), path="fork")


def test_a_user_that_is_used_is_asked_for_at_once(served: Worker, token: str) -> None:
    revoke_session(Session.objects.get())
    assert served.get(token, "/name/")[0] in (401, 503)


OTHERS, WATCHED = (10_000, 300) if int(os.environ.get("TRIALS", "2")) > 10 else (150, 8)


class Load(threading.Thread):
    """Revokes sessions by SQL in transactions that it holds open at random, some of which it rolls back."""

    def __init__(self, database: str, ids: list[Any]) -> None:
        super().__init__()
        self.database, self.ids = database, ids
        self.failed: list[BaseException] = []

    def run(self) -> None:
        try:
            self._revoke()
        except BaseException as error:
            self.failed.append(error)

    def _revoke(self) -> None:
        chance = random.Random(7)
        open_ones = [connections[self.database].copy() for _ in range(4)]
        for connection in open_ones:
            connection.connect()
            connection.set_autocommit(False)
        for each in self.ids:
            connection = chance.choice(open_ones)
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {Session._meta.db_table} SET revoked_at = 1 WHERE id = %s", [each])
            if chance.random() < 0.3:
                (connection.rollback if chance.random() < 0.1 else connection.commit)()
        for connection in open_ones:
            connection.commit()
            connection.close()


@pytest.mark.hard
@pytest.mark.parametrize("feed", [databases.EVERY[1], databases.EVERY[3]], indirect=True)
def test_under_load_none_is_missed_and_none_is_refused_early(served: Worker, token: str, ann: Any, feed: str) -> None:
    """Against a model: what was committed when, by the clock that both processes share."""
    row = Session.objects.get()
    pk = Session._meta.pk
    others = [uuid.uuid4() for _ in range(OTHERS)]
    for start in range(0, OTHERS, 500):
        copies = [Session(**{**_columns(row), "id": each}) for each in others[start : start + 500]]
        Session.objects.bulk_create(copies)
    load = Load(feed, [pk.get_db_prep_value(each, connections[feed]) for each in others])
    watched = [issue_session(ann) for _ in range(WATCHED)]
    delays = []
    load.start()
    for issued in watched:
        assert served.get(issued.access_token)[0] != 401, "refused before it was revoked"
        with transaction.atomic(using=feed):
            Session.objects.filter(pk=issued.session_id).update(revoked_at=1)
            assert served.get(issued.access_token)[0] != 401, "refused before the commit"
        committed = clock.through_suspend()
        while served.get(issued.access_token)[0] == 200:
            assert clock.through_suspend() <= committed + HANG
        delays.append(clock.through_suspend() - committed)
        until(served, issued.access_token, 401, after=committed)
    load.join()
    assert not load.failed
    assert served.get(token)[0] != 401
    delays.sort()
    print(f"{feed}: p50 {delays[len(delays) // 2]:.3f} s, p99 {delays[int(len(delays) * 0.99)]:.3f} s")


def _columns(row: Session) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
