"""A session that ends, with its event: in one transaction, and ended whatever becomes of the event."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connections, transaction
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext

from django_bearer import issue_session, revoke_session
from django_bearer.database import event_records, new_rows
from django_bearer.events import EventKind
from django_bearer.models import SecurityEventRecord, Session
from django_bearer.sessions.revocation import end_session

KIND = EventKind.SESSION_REVOKED


@pytest.fixture
def session(database: str) -> Any:
    return issue_session(get_user_model().objects.create_user("ann")).session_id


def kept() -> list[Any]:
    return list(SecurityEventRecord.objects.filter(kind=KIND))


def test_the_event_is_kept_and_told_once(session: Any) -> None:
    assert revoke_session(session)
    assert not revoke_session(session)
    assert [row.user_id for row in kept()] == [str(Session.objects.get().user_id)]


@pytest.mark.parametrize("fault", [OperationalError("full"), RuntimeError("a receiver of a model")])
def test_a_session_ends_though_its_event_cannot_be_kept(
    fault: Exception, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise fault

    monkeypatch.setattr(event_records, "keep_within", fail)
    assert revoke_session(session)
    assert Session.objects.get().revoked_at is not None
    assert len(kept()) == 1, "it was kept on its own"


@pytest.mark.parametrize("statement", ["joined", "failed"])
def test_whose_owner_is_known_ends_by_one_statement(
    session: Any, statement: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = str(Session.objects.get().user_id)
    values = new_rows.values
    if statement == "failed":
        monkeypatch.setattr(new_rows, "values", lambda row, connection: [None, *values(row, connection)[1:]])
    with CaptureQueriesContext(connections[database]) as captured:
        assert end_session(session, "logout", owner)
        assert not end_session(session, "logout", owner)
    assert [(row.user_id, row.session_id, row.details) for row in kept()] == [
        (owner, str(session), {"cause": "logout"})
    ]
    assert Session.objects.get().revoked_cause == "logout"
    alone = connections[database].vendor == "postgresql" and statement == "joined"
    assert (len(captured) == 2) == alone


def test_a_receiver_of_the_events_rows_is_called(session: Any) -> None:
    called: list[Any] = []

    def receiver(instance: Any, **_: Any) -> None:
        called.append(instance)

    post_save.connect(receiver, sender=SecurityEventRecord)
    try:
        assert end_session(session, "logout", "1")
    finally:
        post_save.disconnect(receiver, sender=SecurityEventRecord)
    assert len(called) == 1


def test_in_a_transaction_of_the_callers_it_belongs_to_that(session: Any, database: str) -> None:
    with transaction.atomic(using=database):
        assert revoke_session(session)
        transaction.set_rollback(True, using=database)
    assert not kept()
