"""Feed mode across processes: whatever a request asks for that began after the bound is refused."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections

from django_bearer import issue_session, revoke_session, revoke_user
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests import databases, feed_install
from tests.http.feed_worker import Worker, worker

DELAY = 1


@pytest.fixture(params=[databases.EVERY[0], databases.EVERY[1], databases.EVERY[3]])
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
