"""A session that ends, with its event: in one transaction, and ended whatever becomes of the event."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, transaction

from django_bearer import issue_session, revoke_session
from django_bearer.database import event_records
from django_bearer.events import EventKind
from django_bearer.models import SecurityEventRecord, Session

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


def test_in_a_transaction_of_the_callers_it_belongs_to_that(session: Any, database: str) -> None:
    with transaction.atomic(using=database):
        assert revoke_session(session)
        transaction.set_rollback(True, using=database)
    assert not kept()
