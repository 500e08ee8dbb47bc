"""The table of events: what is kept, what is counted, and that neither a rollback nor a fault gets in the way."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from django_bearer import events, issue_session, refresh_session, revoke_user
from django_bearer.database import event_records
from django_bearer.database.durable_writes import request_scope
from django_bearer.events import HOURLY, LOG_ONLY, EventKind
from django_bearer.models import SecurityEventRecord
from django_bearer.primitives import clock
from django_bearer.sessions import cleanup

pytestmark = pytest.mark.django_db
DAY = 86_400


def kept(kind: EventKind) -> list[SecurityEventRecord]:
    return list(SecurityEventRecord.objects.filter(kind=kind.value))


def test_a_rare_event_is_a_row(ann: Any) -> None:
    issue_session(ann)
    revoke_user(ann)
    [row] = kept(EventKind.LOGOUT_EVERYWHERE)
    assert (row.user_id, row.count, row.details["sessions"]) == (str(ann.pk), 1, 1)


def test_a_refresh_writes_no_row(ann: Any) -> None:
    issued = issue_session(ann)
    before = SecurityEventRecord.objects.count()
    assert refresh_session(issued.refresh_token or "").rotated
    assert SecurityEventRecord.objects.count() == before


def test_what_attackers_can_cause_is_counted_by_the_hour() -> None:
    with clock.frozen(1_700_000_000_000_000):
        for _ in range(5):
            events.publish(EventKind.LOGIN_FAILED, address="203.0.113.9", details={"account": "x"})
            clock.advance(1)
        [row] = kept(EventKind.LOGIN_FAILED)
        assert (row.count, row.details, row.last_at - row.first_at) == (5, {}, 4_000_000)
        clock.advance(3600)
        events.publish(EventKind.LOGIN_FAILED, address="203.0.113.9")
    assert [row.count for row in kept(EventKind.LOGIN_FAILED)] == [5, 1]


def test_rows_are_bounded_however_many_addresses_attack() -> None:
    with clock.frozen(1_700_000_000_000_000):
        for number in range(400):
            events.publish(EventKind.LOGIN_FAILED, address=f"198.51.{number // 256}.{number % 256}")
    rows = kept(EventKind.LOGIN_FAILED)
    assert len(rows) <= event_records.SHARES
    assert sum(row.count for row in rows) == 400


def test_every_kind_that_an_attacker_can_sample_is_counted_or_only_logged() -> None:
    assert {
        EventKind.LOGIN_FAILED,
        EventKind.TOKEN_UNKNOWN,
        EventKind.TRANSPORT_UNKNOWN,
        EventKind.LOGIN_RATE_LIMITED,
    } <= HOURLY | LOG_ONLY
    assert not HOURLY & LOG_ONLY


def test_what_sampling_left_out_is_counted_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1000.0
    monkeypatch.setattr(events.clock, "monotonic", lambda: at)
    for _ in range(5):
        events.publish_sampled(EventKind.LOGIN_RATE_LIMITED)
    at += events.SAMPLE_SECONDS
    events.publish_sampled(EventKind.LOGIN_RATE_LIMITED)
    assert sum(row.count for row in kept(EventKind.LOGIN_RATE_LIMITED)) == 6


def test_inside_a_views_transaction_the_event_outlives_its_rollback() -> None:
    with request_scope():
        with transaction.atomic():
            events.publish(EventKind.KEY_CREATED)
            transaction.set_rollback(True)
        assert not kept(EventKind.KEY_CREATED)
    assert kept(EventKind.KEY_CREATED)


def test_inside_a_transaction_of_somebody_else_it_is_written_on_commit(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        events.publish(EventKind.KEY_CREATED)
        assert not kept(EventKind.KEY_CREATED)
    assert kept(EventKind.KEY_CREATED)


def test_a_database_that_fails_changes_no_decision(monkeypatch: pytest.MonkeyPatch, caplog: Any, ann: Any) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OperationalError("secret detail")

    monkeypatch.setattr(SecurityEventRecord, "save", broken)
    assert revoke_user(ann) == 0
    assert "the event authn_logout_everywhere was not kept: OperationalError" in caplog.text
    assert "secret detail" not in caplog.text


@given(
    texts=st.fixed_dictionaries(
        {name: st.text(max_size=80) for name in ("user_id", "session_id", "client_id", "address")}
    ),
    cause=st.text(max_size=80),
)
def test_no_text_can_forge_a_line(texts: dict[str, str], cause: str) -> None:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    events.logger.addHandler(handler)
    before = events.logger.level
    events.logger.setLevel(logging.INFO)
    try:
        events.publish(EventKind.TOKEN_REFRESHED, **texts, details={"cause": cause})
    finally:
        events.logger.removeHandler(handler)
        events.logger.setLevel(before)
    [line] = lines
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["event"] == "authn_token_refreshed"


class TestForgetting:
    def test_rows_go_after_their_retention(self, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "EVENT_RETENTION": 40 * DAY}
        with clock.frozen():
            events.publish(EventKind.KEY_CREATED)
            clock.advance(40 * DAY)
            cleanup.purge()
            assert kept(EventKind.KEY_CREATED)
            clock.advance(1)
            cleanup.purge()
        assert not kept(EventKind.KEY_CREATED)

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.9", "203.0.113.0/24"),
            ("2001:db8:1:2::/64", "2001:db8:1::/48"),
            ("local", "local"),
        ],
    )
    def test_addresses_are_cut_down_after_thirty_days(self, address: str, network: str) -> None:
        with clock.frozen():
            events.publish(EventKind.LOGIN_SUCCESS, address=address)
            clock.advance(29 * DAY)
            cleanup.purge()
            assert kept(EventKind.LOGIN_SUCCESS)[0].address == address
            clock.advance(DAY + 1)
            assert cleanup.purge() == 1
            assert kept(EventKind.LOGIN_SUCCESS)[0].address == network
            assert cleanup.purge() == 0

    def test_logins_alone_forget_too(self, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        events.publish(EventKind.KEY_CREATED)
        SecurityEventRecord.objects.update(last_at=1)
        for lot in (number / 10 for number in range(10)):
            monkeypatch.setattr(cleanup.randomness, "fraction", lambda lot=lot: lot)
            cleanup.purge_a_little()
        assert not kept(EventKind.KEY_CREATED)


def test_one_user_makes_a_bounded_number_of_rows_of_a_rare_kind(ann: Any, django_user_model: Any) -> None:
    other = django_user_model.objects.create_user("bob")
    with clock.frozen(1_700_000_000_000_000):
        for _ in range(100):
            events.publish(
                EventKind.SESSION_REVOKED, user_id=str(ann.pk), address="203.0.113.9", details={"cause": "x"}
            )
        rows = kept(EventKind.SESSION_REVOKED)
        assert len(rows) == event_records.OF_ONE_USER + 1
        assert sum(row.count for row in rows) == 100
        events.publish(EventKind.SESSION_REVOKED, user_id=str(other.pk))
        clock.advance(3600)
        events.publish(EventKind.SESSION_REVOKED, user_id=str(ann.pk))
    assert len(kept(EventKind.SESSION_REVOKED)) == event_records.OF_ONE_USER + 3


def test_who_comes_seldom_costs_no_question(ann: Any) -> None:
    with clock.frozen(1_700_000_000_000_000), CaptureQueriesContext(connection) as asked:
        events.publish(EventKind.SESSION_REVOKED, user_id=str(ann.pk))
    assert not [query for query in asked.captured_queries if query["sql"].startswith("SELECT")]


def test_few_who_come_often_are_remembered() -> None:
    often = event_records._Often()
    for number in range(2 * often.MOST):
        often.adds(str(number))
    assert len(often._seen) == often.MOST
