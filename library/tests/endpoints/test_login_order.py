"""The order of a login's steps: no failure leaves a session whose tokens nobody received."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import OperationalError, connection
from django.test import Client

from django_bearer import Allow, events, is_token_revoked, issue_session, revoke_user
from django_bearer.accounts import last_login
from django_bearer.database import event_records, login_rows, rate_limit_corrections
from django_bearer.endpoints import browser
from django_bearer.models import RateLimitCounter, SecurityEventRecord, Session
from django_bearer.sessions import cleanup, issue
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def login(**more: Any) -> Any:
    body = {"username": "ann@example.com", "password": PASSWORD, **more}
    client = Client(raise_request_exception=False)
    return client.post("/auth/login/", body, content_type="application/json")


@pytest.fixture
def receiver() -> Iterator[Callable[[Any, Any], None]]:
    connected: list[tuple[Any, Any]] = []

    def connect(signal: Any, act: Any) -> None:
        signal.connect(act, weak=False)
        connected.append((signal, act))

    yield connect
    for signal, act in connected:
        signal.disconnect(act)


def fail(*_: Any, **__: Any) -> None:
    raise RuntimeError("not today")


def test_a_receiver_that_fails_means_that_nobody_is_logged_in(receiver: Any, ann: Any) -> None:
    seen: list[int] = []
    receiver(user_logged_in, lambda **_: seen.append(Session.objects.count()))
    receiver(user_logged_in, fail)
    assert login().status_code == 500
    assert seen == [0]
    assert Session.objects.count() == 0


def test_a_receiver_that_loses_a_race_is_the_clients_to_repeat(receiver: Any, ann: Any, monkeypatch: Any) -> None:
    from django_bearer.database import conflicts

    monkeypatch.setattr(conflicts, "MAX_SECONDS", 0.0)

    def lose(**_: Any) -> None:
        raise conflicts.LostRace("busy")

    receiver(user_logged_in, lose)
    answer = login()
    assert (answer.status_code, answer.json()["code"]) == (503, "retry")
    assert Session.objects.count() == 0


@pytest.mark.parametrize("step", ["correct_with", "purge_a_little", "end"])
def test_what_follows_the_commit_refuses_nothing(step: str, ann: Any, monkeypatch: Any, caplog: Any) -> None:
    def fail_there(*_: Any, **__: Any) -> None:
        raise OperationalError("the connection is gone")

    monkeypatch.setattr(cleanup, "ONE_IN", 1)
    homes = {"correct_with": rate_limit_corrections, "purge_a_little": cleanup, "end": browser}
    monkeypatch.setattr(homes[step], step, fail_there)
    with caplog.at_level(logging.ERROR, logger="django_bearer.security"):
        answer = login()
    assert answer.status_code == 200
    assert Session.objects.get().revoked_at is None
    assert any("after what it follows was committed" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("fault", [None, OperationalError("full"), RuntimeError("what a receiver of a model raises")])
def test_what_goes_with_the_session_is_written_whatever_befalls_the_rest(
    fault: Any, database: str, receiver: Any, django_user_model: Any, monkeypatch: Any
) -> None:
    """The session, `last_login`, the event and the forgiven attempts, each once; and Django is told once."""
    ann = django_user_model.objects.create_user("ann@example.com", password=PASSWORD)
    told: list[Any] = []
    receiver(user_logged_in, lambda user, **_: told.append(user.last_login))
    if fault is not None:
        monkeypatch.setattr(login_rows, "store", raising(OperationalError("full")))
        monkeypatch.setattr(event_records, "keep_within", raising(fault))
    assert login(password="wrong").status_code == 401
    assert login().status_code == 200
    assert len(told) == 1
    ann.refresh_from_db()
    assert ann.last_login == told[0]
    assert Session.objects.count() == 1
    assert SecurityEventRecord.objects.filter(kind=events.EventKind.LOGIN_SUCCESS).count() == 1
    counted = RateLimitCounter.objects.filter(count__gt=0).count()
    assert counted == 3, "the attempts of the address in its two windows, and the failure"


def raising(fault: BaseException) -> Callable[..., None]:
    def fail(*_: Any, **__: Any) -> None:
        raise fault

    return fail


def test_a_session_that_is_not_stored_is_no_login(database: str, django_user_model: Any, monkeypatch: Any) -> None:
    ann = django_user_model.objects.create_user("ann@example.com", password=PASSWORD)
    monkeypatch.setattr(login_rows, "store", raising(OperationalError("full")))
    monkeypatch.setattr(issue, "insert", fail)
    assert login().status_code == 500
    ann.refresh_from_db()
    assert ann.last_login is None
    assert not SecurityEventRecord.objects.filter(kind=events.EventKind.LOGIN_SUCCESS).exists()


def test_last_login_is_left_alone_where_the_project_has_disconnected_it(ann: Any) -> None:
    assert user_logged_in.disconnect(dispatch_uid="update_last_login")
    try:
        assert login().status_code == 200
    finally:
        last_login_receiver = last_login._update
        user_logged_in.connect(last_login_receiver, dispatch_uid="update_last_login")
    ann.refresh_from_db()
    assert ann.last_login is None


def test_a_limit_that_cannot_be_kept_now_is_kept_at_the_next_login(ann: Any, monkeypatch: Any, settings: Any) -> None:
    clients = {"first-party": {"kind": ["browser", "native"], "session_limit": 2}}
    settings.BEARER = {**settings.BEARER, "CLIENTS": clients}
    alive = Session.objects.filter(revoked_at__isnull=True)
    with monkeypatch.context() as patch:
        patch.setattr(issue.session_limit, "evict", fail)
        assert [login().status_code for _ in range(3)] == [200] * 3
    assert alive.count() == 3
    assert login().status_code == 200
    assert alive.count() == 2


def test_a_row_that_cannot_be_stored_hands_out_nothing(ann: Any) -> None:
    with pytest.raises(TypeError):
        issue_session(ann, extras={"when": object()})
    assert Session.objects.count() == 0


@pytest.mark.parametrize("path", ["/auth/logout/", "/auth/logout-everywhere/"])
def test_a_receiver_that_fails_keeps_nobody_logged_in(path: str, receiver: Any, ann: Any) -> None:
    receiver(user_logged_out, fail)
    issued = issue_session(ann)
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {issued.access_token}"}
    assert client.post(path, {}, content_type="application/json", headers=headers).status_code == 204
    assert client.get("/plain/", headers=headers).status_code == 401


def everywhere_else(attempt: Any) -> Allow:
    """A policy of one session a user."""
    revoke_user(attempt.user)
    return Allow()


def test_a_policy_may_log_the_user_out_everywhere_else(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": f"{__name__}.everywhere_else"}
    before = login().json()["access_token"]
    after = login().json()["access_token"]
    answers = [Client().get("/plain/", headers={"Authorization": f"Bearer {one}"}) for one in (before, after)]
    assert [answer.status_code for answer in answers] == [401, 200]


def elsewhere(attempt: Any) -> Allow:
    def another_request() -> None:
        revoke_user(attempt.user)
        connection.close()

    thread = threading.Thread(target=another_request)
    thread.start()
    thread.join()
    return Allow()


def test_a_logout_everywhere_by_another_request_ends_a_login_under_way(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": f"{__name__}.elsewhere"}
    found = login()
    assert found.status_code == 200
    assert is_token_revoked(found.json()["access_token"])
