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
from django_bearer.database import signing_keys
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions.access_tokens import AccessTokenData, issue_access_token
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


def test_a_stopped_worker_accepts_nothing_until_it_has_caught_up(
    served: Worker, token: str, feed: str, ann: Any
) -> None:
    session, valid = Session.objects.get(), issue_session(ann).access_token
    assert until(served, valid, 200, after=clock.through_suspend())
    served.signal(signal.SIGSTOP)
    try:
        revoke_session(session)
        committed = clock.through_suspend()
        while clock.through_suspend() <= committed + DELAY:
            clock.pause(0.05)
    finally:
        served.signal(signal.SIGCONT)
    began, found = clock.through_suspend(), until(served, token, 401, after=committed)
    assert set(found) <= {401, 503}
    print(
        f"{feed}: stopped for {began - committed:.2f} s; {found.count(503)} answers of 503 and none accepted in the"
        f" {clock.through_suspend() - began:.3f} s until it had caught up"
    )
    until(served, valid, 200, after=committed)


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


OTHERS, WATCHED, SECONDS = (10_000, 300, 60.0) if int(os.environ.get("TRIALS", "2")) > 10 else (150, 8, 1.0)


class Load(threading.Thread):
    """Revokes sessions by SQL in transactions that it holds open at random, some of which it rolls back.

    It is the model, too: `ending` has what may be committed by now, `committed` what is, and since when.
    """

    def __init__(self, database: str, ids: list[Any]) -> None:
        super().__init__()
        self.database, self.ids = database, ids
        self.ending: set[Any] = set()
        self.committed: dict[Any, float] = {}
        self.failed: list[BaseException] = []
        self.took = 0.0

    def run(self) -> None:
        began = clock.through_suspend()
        try:
            self._revoke(began)
        except BaseException as error:
            self.failed.append(error)
        self.took = clock.through_suspend() - began

    def _revoke(self, began: float) -> None:
        chance, pk = random.Random(7), Session._meta.pk
        holding: list[tuple[Any, list[Any]]] = [(connections[self.database].copy(), []) for _ in range(4)]
        for connection, _ in holding:
            connection.connect()
            connection.set_autocommit(False)
        for number, each in enumerate(self.ids):
            connection, held = chance.choice(holding)
            value = pk.get_db_prep_value(each, connection)
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {Session._meta.db_table} SET revoked_at = 1 WHERE id = %s", [value])
            held.append(each)
            if chance.random() < 0.3:
                self._end(connection, held, chance.random() < 0.1)
            clock.pause(max(0.0, began + SECONDS * number / len(self.ids) - clock.through_suspend()))
        for connection, held in holding:
            self._end(connection, held, False)
            connection.close()

    def _end(self, connection: Any, held: list[Any], rolls_back: bool) -> None:
        if rolls_back:
            connection.rollback()
        else:
            self.ending.update(held)
            connection.commit()
            self.committed.update(dict.fromkeys(held, clock.through_suspend()))
        held.clear()


def tokens_of(rows: list[Session], user: Any) -> dict[Any, str]:
    """An access token for each of these sessions, which lasts longer than the test."""
    ring, now = signing_keys.ring(rows[0].issuer), clock.now()
    found = {}
    for row in rows:
        about = (user, row.id, row.issuer, "https://api.example.com/", row.client_id, frozenset[str]())
        data = AccessTokenData(*about, row.authenticated_at, 3_000, row.issuer_epoch, row.user_epoch)
        found[row.id] = issue_access_token(data, ring, now, row.ends_at).text
    return found


@pytest.mark.hard
@pytest.mark.parametrize("feed", [databases.EVERY[1], databases.EVERY[3]], indirect=True)
def test_under_load_none_is_missed_and_none_is_refused_early(served: Worker, token: str, ann: Any, feed: str) -> None:
    """Against a model: what was committed when, by the clock that both processes share."""
    row = Session.objects.get()
    copies = [Session(**{**_columns(row), "id": uuid.uuid4()}) for _ in range(OTHERS)]
    for start in range(0, OTHERS, 500):
        Session.objects.bulk_create(copies[start : start + 500])
    tokens, chance = tokens_of(copies, ann), random.Random(11)
    load = Load(feed, list(tokens))
    watched = list(tokens_of([issued_row(ann) for _ in range(WATCHED)], ann).items())
    delays, asked, unknown = [], 0, 0
    load.start()
    for number, (session_id, text) in enumerate(watched):
        assert served.get(text)[0] != 401, "refused before it was revoked"
        with transaction.atomic(using=feed):
            Session.objects.filter(pk=session_id).update(revoked_at=1)
            assert served.get(text)[0] != 401, "refused before the commit"
        committed = clock.through_suspend()
        delays.append((last_accepted(served, text, committed), clock.through_suspend() - committed))
        until(served, text, 401, after=committed)
        while load.is_alive() and (asked < 2 * number or number + 1 == WATCHED):
            each = chance.choice(load.ids)
            since = load.committed.get(each)
            status, began = served.get(tokens[each])
            asked, unknown = asked + 1, unknown + (status == 503)
            assert status != 401 or each in load.ending, "refused before the commit"
            assert status != 200 or since is None or began <= since + DELAY, "accepted past the bound"
    load.join()
    assert not load.failed
    last = clock.through_suspend()
    until(served, tokens[max(load.committed, key=load.committed.__getitem__)], 401, after=last)
    for each, text in tokens.items():
        assert answer_of(served, text) == (401 if each in load.committed else 200)
    accepted, refused = (sorted(each[n] for each in delays) for n in (0, 1))
    middle, late = WATCHED // 2, int(WATCHED * 0.99)
    print(
        f"{feed}: {len(load.committed)} of {OTHERS} revocations committed in {load.took:.0f} s, none missed or early;"
        f" from the commit to the begin of the last request that was accepted p50 {accepted[middle]:.3f} s,"
        f" p99 {accepted[late]:.3f} s, most {accepted[-1]:.3f} s;"
        f" to the first refusal that was received p50 {refused[middle]:.3f} s, p99 {refused[late]:.3f} s;"
        f" {asked} requests beside, {unknown} of them 503"
    )
    assert accepted[-1] <= DELAY


def last_accepted(served: Worker, token: str, committed: float) -> float:
    """Seconds from a commit to the begin of the last request that was accepted, how long ever it then took."""
    last = committed
    while True:
        status, began = served.get(token)
        if status != 200:
            return last - committed
        last = began
        assert clock.through_suspend() <= committed + HANG


def answer_of(served: Worker, token: str) -> int:
    """The first answer that is no 503."""
    while (status := served.get(token)[0]) == 503:
        pass
    return status


def issued_row(user: Any) -> Session:
    return Session.objects.get(pk=issue_session(user).session_id)


def _columns(row: Session) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
