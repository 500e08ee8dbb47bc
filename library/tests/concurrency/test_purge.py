"""Purging beside the living: logins go on, held rows are passed over, and a killed run leaves nothing half done."""

from __future__ import annotations

import threading
from multiprocessing import Pipe
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction

from django_bearer import issue_session
from django_bearer.models import Session
from django_bearer.primitives import randomness
from django_bearer.sessions import cleanup
from tests.conftest import PASSWORD
from tools.support.timeouts import HANG

from .processes import Processes, settled
from .threads import Api, ThreadGroup

OVER = 40


def old_sessions(user: Any) -> list[Any]:
    """Sessions that have been over for long: one that was issued, and copies of it."""
    issue_session(user)
    like = Session.objects.get()
    like.ends_at = like.idle_ends_at = 1
    like.save()
    for _ in range(OVER - 1):
        like.pk = uuid4()
        like.save(force_insert=True)
    return list(Session.objects.values_list("pk", flat=True))


def test_logins_go_on_while_a_batch_is_open(
    api: Api, threads: ThreadGroup, place: str, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One login in some deletes a few rows after its answer: on MariaDB that one waits for the batch.
    monkeypatch.setattr(randomness, "fraction", lambda: 0.999)
    if connections[place].vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, whoever it is")
    old_sessions(user)
    logged_in = threading.Event()
    statuses: list[int] = []

    def delete() -> None:
        with transaction.atomic(using=place):
            assert cleanup._delete_once(Session.objects.using(place).filter(ends_at=1), 10) == 10
            assert logged_in.wait(timeout=HANG), "the login waited for the purge"

    def log_in() -> None:
        statuses.append(api.login(user.username, PASSWORD).status)
        logged_in.set()

    threads.run([delete, log_in])
    assert statuses == [200]


def test_a_locked_row_is_left_for_the_next_purge(api: Api, threads: ThreadGroup, place: str, user: Any) -> None:
    if connections[place].vendor != "postgresql":
        pytest.skip("SQLite locks no rows, and MariaDB may scan a small table, which then waits its turn")
    held, *_ = old_sessions(user)
    locked, purged = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic(using=place):
            Session.objects.select_for_update().get(pk=held)
            locked.set()
            assert purged.wait(timeout=HANG), "the purge waited for the row"

    def delete() -> None:
        assert locked.wait(timeout=HANG)
        cleanup.purge(7)
        purged.set()

    threads.run([lock, delete])
    assert [row.pk for row in Session.objects.filter(ends_at=1)] == [held]
    cleanup.purge()
    assert not Session.objects.filter(ends_at=1).exists()


def test_two_runs_at_once_delete_everything_once(api: Api, threads: ThreadGroup, place: str, user: Any) -> None:
    old_sessions(user)
    deleted = threads.run([lambda: cleanup.purge(3)] * 4)
    assert Session.objects.filter(ends_at=1).count() == 0
    assert sum(deleted) >= OVER


def purge_row_by_row(setting: tuple[Any, ...], line: Any) -> None:
    def tell(rows: int) -> None:
        line.send(rows)
        line.recv()

    with settled(*setting):
        cleanup.purge(1, tell)


def test_a_run_that_is_killed_leaves_nothing_half_done(
    processes: Processes, api: Api, place: str, user: Any, settings: Any
) -> None:
    old_sessions(user)
    line, far_end = Pipe()
    with line, far_end:
        process = processes.begin(purge_row_by_row, (place, settings.BEARER, False), far_end)
        for _ in range(OVER // 4):
            assert line.recv() == 1
            line.send("go on")
        process.kill()  # in the middle of the next row
        process.join()
    left = Session.objects.filter(ends_at=1).count()
    assert 0 < left < OVER
    assert api.login(user.username, PASSWORD).status == 200
    cleanup.purge()
    assert not Session.objects.filter(ends_at=1).exists()
