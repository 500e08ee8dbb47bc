"""The revocation feed: a change of a session, a user or an issuer is read by the next poll after its commit."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext

from django_bearer import decode_token, issue_session, refresh_session, revoke_session, revoke_token, revoke_user
from django_bearer.database import feed_poll, feed_presence, feed_reader, feed_triggers, revocations
from django_bearer.database.feed_operation import InstallRevocationFeed
from django_bearer.database.feed_reader import Reader
from django_bearer.database.feed_state import name_of
from django_bearer.errors import ConfigurationError, TemporarilyUnavailable
from django_bearer.models import Issuer, Session, UserTokenVersion
from django_bearer.primitives import clock
from tests import databases
from tests.feed_everywhere import exact_mode

ISSUER = "https://feed.example"


def users() -> Any:
    return get_user_model().objects


@pytest.fixture(params=databases.LONG)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    with databases.use(request.param):
        yield request.param


@pytest.fixture
def feed(database: str) -> Iterator[Reader]:
    """A reader on a database with the triggers, which has forgotten that they are new."""
    operation = InstallRevocationFeed()
    with connections[database].schema_editor() as editor:
        operation.database_forwards("project", editor, None, None)
    reader = begun(database)
    try:
        yield reader
    finally:
        with connections[database].schema_editor() as editor:
            operation.database_backwards("project", editor, None, None)


@pytest.fixture
def session(feed: Reader, ann: Any) -> Session:
    session: Session = Session.objects.get(pk=issue_session(ann).session_id)
    settle(feed)
    return session


def begun(database: str) -> Reader:
    """A reader on new triggers, without the entry that says that they are new."""
    Reader(database, 60.0).step()
    empty(database)
    with connections[database].cursor() as cursor:
        cursor.execute("UPDATE django_bearer_feed_counter SET last = 0")
    reader = Reader(database, 60.0)
    reader.step()
    return reader


def empty(database: str) -> None:
    with connections[database].cursor() as cursor:
        cursor.execute("DELETE FROM django_bearer_feed")


def settle(feed: Reader) -> None:
    """Read what the making of a test's rows has written, and forget it."""
    feed.step()
    feed.state._names = (set(), set())
    feed.state.ask_all_until = float("-inf")


def concerned(feed: Reader, kind: str, text: object) -> bool:
    """Whether a poll of now makes this name one to be asked for."""
    feed.step()
    state, fresh, _ = feed.fresh()
    return state.concerns((name_of(kind, str(text)),), fresh.started)


CHANGES: dict[str, Callable[[Session], object]] = {
    "revoked": lambda session: revoke_session(session),
    "revoked by update": lambda session: Session.objects.filter(pk=session.pk).update(revoked_at=1),
    "another user": lambda session: Session.objects.update(user_id=12345),
    "another issuer": lambda session: Session.objects.update(issuer="https://other.example"),
    "another case of the client": lambda session: Session.objects.update(client_id=session.client_id.upper()),
    "fewer scopes": lambda session: Session.objects.update(scope="less"),
    "bound": lambda session: Session.objects.update(binding="key"),
    "step-up": lambda session: Session.objects.update(authenticated_at=session.authenticated_at + 1),
    "another password": lambda session: Session.objects.update(password_fingerprint=b"x" * 32),
    "an earlier end": lambda session: Session.objects.update(ends_at=session.ends_at - 1),
    "an earlier idle end": lambda session: Session.objects.update(idle_ends_at=session.idle_ends_at - 1),
    "deleted": lambda session: Session.objects.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_a_session(feed: Reader, session: Session, change: str) -> None:
    assert not concerned(feed, "session", session.pk)
    CHANGES[change](session)
    assert concerned(feed, "session", session.pk)


USER_CHANGES: dict[str, Callable[[Any], object]] = {
    "password": lambda user: users().filter(pk=user.pk).update(password="!new"),
    "the case of its hash": lambda user: users().filter(pk=user.pk).update(password=user.password.swapcase()),
    "not active": lambda user: users().filter(pk=user.pk).update(is_active=False),
    "deleted": lambda user: users().filter(pk=user.pk)._raw_delete(users().db),
    "logged out everywhere": lambda user: revoke_user(user),
    "epoch": lambda user: UserTokenVersion.objects.update_or_create(user_id=user.pk, defaults={"epoch": 9}),
}


@pytest.mark.parametrize("change", USER_CHANGES)
def test_a_change_of_a_user(feed: Reader, session: Session, ann: Any, change: str) -> None:
    assert not concerned(feed, "user", ann.pk)
    USER_CHANGES[change](ann)
    assert concerned(feed, "user", ann.pk)


def test_a_revoked_token(feed: Reader, ann: Any) -> None:
    token = issue_session(ann).access_token
    claims = decode_token(token)
    settle(feed)
    assert revoke_token(token)
    assert concerned(feed, "digest", revocations.digest("token", claims.jti).hex())


def test_what_changes_nothing_writes_nothing(feed: Reader, ann: Any) -> None:
    issued = issue_session(ann)
    settle(feed)
    with clock.frozen():
        clock.advance(120)
        refresh_session(issued.refresh_token or "")
    users().filter(pk=ann.pk).update(last_login=None)
    feed.step()
    assert feed.state.size() == 0
    assert feed.state.ask_all_until == float("-inf")


def test_an_issuer_is_known_as_it_is_now(feed: Reader) -> None:
    Issuer.objects.create(name=ISSUER, ring_version=1)
    feed.step()
    Issuer.objects.filter(name=ISSUER).update(ring_version=2, epoch=3)
    feed.step()
    now = feed.state.issuers[ISSUER]
    assert (now.ring_version, now.epoch) == (2, 3)
    Issuer.objects.filter(name=ISSUER).delete()
    feed.step()
    assert ISSUER not in feed.state.issuers


def test_a_new_process_knows_what_was_read_before_it_began(feed: Reader, session: Session) -> None:
    revoke_session(session)
    feed.step()
    feed.step()
    later = Reader(feed.using, 60.0)
    assert concerned(later, "session", session.pk)


def test_the_first_migration_makes_everybody_ask(database: str) -> None:
    """What was revoked before there were triggers has no entry."""
    operation = InstallRevocationFeed()
    try:
        with connections[database].schema_editor() as editor:
            operation.database_forwards("project", editor, None, None)
        assert concerned(Reader(database, 60.0), "session", "any")
    finally:
        with connections[database].schema_editor() as editor:
            operation.database_backwards("project", editor, None, None)


def test_what_is_rolled_back_is_never_read(feed: Reader, session: Session) -> None:
    with transaction.atomic(using=feed.using):
        Session.objects.filter(pk=session.pk).update(revoked_at=1)
        transaction.set_rollback(True, using=feed.using)
    assert not concerned(feed, "session", session.pk)


@pytest.fixture(params=[databases.EVERY[1], databases.EVERY[3]])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """PostgreSQL and MariaDB: SQLite has one writer at a time, so nothing there commits late."""
    with databases.use(request.param):
        yield request.param


class Writer:
    """A connection of its own, with a transaction that is open for as long as a test wants."""

    def __init__(self, database: str) -> None:
        self.connection = connections[database].copy()
        self.connection.connect()
        self.connection.set_autocommit(False)
        self.names: list[str] = []

    def write(self, name: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_bearer_feed (kind, name) VALUES ('session', %s)", [name])
        self.names.append(name)

    def end(self, commit: bool) -> list[str]:
        (self.connection.commit if commit else self.connection.rollback)()
        names, self.names = self.names, []
        return names

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def served_feed(server: str) -> Iterator[Reader]:
    operation = InstallRevocationFeed()
    with connections[server].schema_editor() as editor:
        operation.database_forwards("project", editor, None, None)
    reader = begun(server)
    try:
        yield reader
    finally:
        with connections[server].schema_editor() as editor:
            operation.database_backwards("project", editor, None, None)


def test_a_late_commit_slips_under_no_number(served_feed: Reader) -> None:
    with closing(Writer(served_feed.using)) as early, closing(Writer(served_feed.using)) as late:
        late.write("late")
        early.write("early")
        early.end(commit=True)
        served_feed.step()
        served_feed.step()
        assert served_feed.state.mark[0] == 1
        assert not concerned(served_feed, "session", "late")
        late.end(commit=True)
        assert concerned(served_feed, "session", "late")


def test_a_process_stopped_while_it_gives_numbers_delays_nobody(served_feed: Reader) -> None:
    with closing(Writer(served_feed.using)) as stopped, closing(Writer(served_feed.using)) as writer:
        with stopped.connection.cursor() as cursor:
            cursor.execute("SELECT last FROM django_bearer_feed_counter WHERE id = 1 FOR UPDATE")
        writer.write("while it is stopped")
        writer.end(commit=True)
        assert concerned(served_feed, "session", "while it is stopped")
        assert feed_poll.give_numbers(served_feed.using) == 0
        stopped.end(commit=False)
    assert feed_poll.give_numbers(served_feed.using) == 1


def test_a_replica_makes_nothing_known(feed: Reader, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may not know yet what was committed: nor does a server that was made read-only for another one."""
    before = feed.state.fresh
    vendor = connections[feed.using].vendor
    assert feed_poll._IS_REPLICA[vendor] != "0" or vendor == "sqlite"
    monkeypatch.setitem(feed_poll._IS_REPLICA, vendor, "1 = 1")
    with pytest.raises(feed_poll.FromReplica):
        feed.step()
    assert feed.state.fresh is before
    with pytest.raises(feed_poll.FromReplica):
        Reader(feed.using, 60.0).step()


POLL = {"postgresql": 2, "mysql": 2, "sqlite": 2}
"""Statements of a poll that finds nothing: the triggers and the entries; on MariaDB also whether a table was emptied,
and the triggers at every second one."""


def test_a_poll_costs_as_many_statements_as_it_should(feed: Reader) -> None:
    feed.step()
    with CaptureQueriesContext(connections[feed.using]) as found:
        feed.step()
    assert len(found) == POLL[connections[feed.using].vendor], [query["sql"] for query in found]


@pytest.mark.parametrize("seed", range(3))
def test_no_change_is_missed_and_none_is_read_early(served_feed: Reader, seed: int) -> None:
    """Against a model: transactions held open at random, and two processes of which one polls more rarely."""
    chance = random.Random(seed)
    slow = Reader(served_feed.using, 60.0)
    writers = [Writer(served_feed.using) for _ in range(4)]
    committed: set[str] = set()
    open_or_undone: set[str] = set()
    for number in range(250):
        writer = chance.choice(writers)
        what = chance.random()
        if what < 0.6:
            name = f"{seed}x{number}"
            writer.write(name)
            open_or_undone.add(name)
        elif what < 0.8:
            ended = writer.end(commit=chance.random() < 0.8 and bool(writer.names))
            committed |= set(ended) & _stored(served_feed.using, ended)
            open_or_undone -= committed
        else:
            reader = served_feed if chance.random() < 0.8 else slow
            reader.step()
            known = reader.state._names[0] | reader.state._names[1]
            assert {name_of("session", name) for name in committed} <= known
            assert known.isdisjoint(name_of("session", name) for name in open_or_undone)
    for writer in writers:
        writer.end(commit=False)
        writer.close()


def _stored(using: str, names: list[str]) -> set[str]:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT name FROM django_bearer_feed")
        return {row[0] for row in cursor.fetchall()} & set(names)


def test_a_restored_table_makes_everybody_ask(feed: Reader, session: Session) -> None:
    revoke_session(session)
    feed.step()
    feed.step()
    empty(feed.using)
    assert concerned(feed, "session", "any other")


def test_a_long_backlog_is_read_in_pages(feed: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_poll, "PAGE", 3)
    with connections[feed.using].cursor() as cursor:
        for number in range(10):
            cursor.execute("INSERT INTO django_bearer_feed (kind, name) VALUES ('session', %s)", [f"n{number}"])
    feed.step()
    later = Reader(feed.using, 60.0)
    later.step()
    assert later.state._names == feed.state._names
    assert later.state.mark == (10, later.state.mark[1])


def test_old_entries_are_deleted_but_for_the_newest(feed: Reader) -> None:
    with connections[feed.using].cursor() as cursor:
        for number in range(3):
            cursor.execute("INSERT INTO django_bearer_feed (kind, name) VALUES ('session', %s)", [f"n{number}"])
    feed.step()
    feed.step()
    assert feed_poll.purge(feed.using, feed.fresh()[1].database_now + 2 * feed_poll.KEPT) == 2
    feed.step()
    assert feed.state.ask_all_until == float("-inf")


def test_a_missing_trigger_stops_the_feed(feed: Reader) -> None:
    watch = feed_triggers.watches(feed.using)[0]
    connection = connections[feed.using]
    table = f" ON {watch.table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {watch.trigger()}{table}")
    with pytest.raises(ConfigurationError, match=watch.trigger()):
        Reader(feed.using, 60.0).step()


def test_a_trigger_that_is_switched_off_stops_the_feed(served_feed: Reader) -> None:
    if connections[served_feed.using].vendor != "postgresql":
        pytest.skip("only PostgreSQL can switch a trigger off")
    watch = feed_triggers.watches(served_feed.using)[0]
    with connections[served_feed.using].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {watch.table} DISABLE TRIGGER {watch.trigger()}")
    with pytest.raises(ConfigurationError, match=watch.trigger()):
        Reader(served_feed.using, 60.0).step()


def test_an_emptied_table_makes_everybody_ask(served_feed: Reader) -> None:
    issue_session(users().create(username="ann"))
    settle(served_feed)
    with connections[served_feed.using].cursor() as cursor:
        cursor.execute(f"TRUNCATE {Session._meta.db_table}")
    assert concerned(served_feed, "session", "any")


@pytest.mark.parametrize("made", ["on", "anew"])
def test_what_a_missing_trigger_did_not_see_makes_everybody_ask(served_feed: Reader, made: str) -> None:
    """Also in a process that begins when all is well again."""
    watch, connection = feed_triggers.watches(served_feed.using)[0], connections[served_feed.using]
    table = f" ON {watch.table}" if connection.vendor == "postgresql" else ""
    if made == "on":
        if connection.vendor != "postgresql":
            pytest.skip("only PostgreSQL can switch a trigger off")
        statements = [
            f"ALTER TABLE {watch.table} {change} TRIGGER {watch.trigger()}" for change in ("DISABLE", "ENABLE ALWAYS")
        ]
    else:
        statements = [f"DROP TRIGGER {watch.trigger()}{table}", *feed_triggers._create(connection, watch)]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    later = Reader(served_feed.using, 60.0)
    assert concerned(later, "session", "any")
    served_feed._looked = float("-inf")
    assert concerned(served_feed, "session", "any")


def test_what_replaces_a_row_of_sqlite_is_seen(feed: Reader, session: Session, ann: Any) -> None:
    if connections[feed.using].vendor != "sqlite":
        pytest.skip("only SQLite replaces rows without running their triggers")
    columns = ", ".join(field.column for field in type(ann)._meta.concrete_fields)
    users_table = type(ann)._meta.db_table
    with connections[feed.using].cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {users_table}")
        row = dict(zip(columns.split(", "), cursor.fetchone(), strict=True))
        by_name = {**row, "id": row["id"] + 1}
        marks = ", ".join(["%s"] * len(row))
        assert not concerned(feed, "user", ann.pk)
        cursor.execute(f"INSERT OR REPLACE INTO {users_table} ({columns}) VALUES ({marks})", list(by_name.values()))
        assert concerned(feed, "user", ann.pk)
        assert users().count() == 1
        other = {**by_name, "id": row["id"] + 2, "username": "other"}
        cursor.execute(f"INSERT INTO {users_table} ({columns}) VALUES ({marks})", list(other.values()))
        settle(feed)
        cursor.execute(f"UPDATE OR REPLACE {users_table} SET username = 'other' WHERE id = %s", [by_name["id"]])
        assert concerned(feed, "user", other["id"])
        assert not concerned(feed, "session", session.pk)
        cursor.execute("INSERT OR REPLACE INTO django_bearer_session SELECT * FROM django_bearer_session")
        assert concerned(feed, "session", session.pk)


def test_a_failed_insert_makes_nobody_ask(feed: Reader, ann: Any) -> None:
    settle(feed)
    with pytest.raises(IntegrityError):
        users().create(username=ann.username)
    assert not concerned(feed, "user", ann.pk)


def test_the_operation_may_run_again(feed: Reader) -> None:
    with connections[feed.using].schema_editor() as editor:
        InstallRevocationFeed().database_forwards("project", editor, None, None)
    assert feed_presence.missing(feed.using) == []


@exact_mode("a test of feed mode has the tables from the beginning")
def test_a_reader_that_cannot_read_accepts_nothing(database: str) -> None:
    """There are no tables and no triggers here."""
    reader = Reader(database, 60.0)
    with pytest.raises(ConfigurationError):
        reader.step()
    reader._loaded.set()
    with pytest.raises(TemporarilyUnavailable):
        reader.fresh()


def test_the_thread_reads_by_itself(served_feed: Reader, ann: Any) -> None:
    session = Session.objects.get(pk=issue_session(ann).session_id)
    try:
        reader = feed_reader.of(served_feed.using, 60.0)
        state, fresh, _ = reader.fresh()
        assert state.reliable(fresh.started) is not None
    finally:
        feed_reader.stop()
    assert session.pk


def test_a_child_forgets_what_its_parent_knew(served_feed: Reader) -> None:
    feed_reader._readers["any"] = served_feed
    try:
        child = os.fork()
        if not child:
            os._exit(0 if not feed_reader._readers else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        feed_reader._readers.clear()
