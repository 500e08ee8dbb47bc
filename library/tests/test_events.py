"""Events: one record, one line, nothing that could forge another line (ASVS 16.4.1)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from django_bearer import events
from django_bearer.events import EventKind, security_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(caplog: Any) -> Any:
    caplog.set_level(logging.INFO, "django_bearer.security")
    return lambda: [record.getMessage() for record in caplog.records]


def test_one_event_is_one_line_of_json_whatever_its_values(lines: Any) -> None:
    events.publish(EventKind.LOGIN_FAILED, address="x\nauthn_login_success\r\x1b[0m", details={"cause": "a\u2028b"})
    (line,) = lines()
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["event"] == "authn_login_fail"


def test_no_line_is_made_that_no_log_keeps(caplog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(events, "_line", lambda event: str(made.append(event)))
    caplog.set_level(logging.WARNING, "django_bearer.security")
    events.publish(EventKind.TOKEN_REFRESHED)
    assert made == []
    events.publish(EventKind.TOKEN_REUSED)
    assert [event.kind for event in made] == [EventKind.TOKEN_REUSED]


def test_details_do_not_overwrite_fields(lines: Any) -> None:
    names = ("event", "at", "user", "session", "client", "address")
    events.publish(EventKind.LOGIN_FAILED, session_id="s", details=dict.fromkeys(names, "forged"))
    told = json.loads(lines()[0])
    assert (told["event"], told["session"]) == ("authn_login_fail", "s")
    assert not {"user", "client", "address"} & told.keys(), "a field that is empty is not filled by a detail"
    assert told["detail_user"] == "forged"


def test_a_receiver_that_fails_changes_nothing(lines: Any) -> None:
    def broken(**_: Any) -> None:
        raise ValueError("secret")

    security_event.connect(broken)
    try:
        events.publish(EventKind.KEY_CREATED)
    finally:
        security_event.disconnect(broken)
    assert "ValueError" in lines()[-1]
    assert "secret" not in lines()[-1]


def test_receivers_get_the_record_by_kind() -> None:
    events_of: list[Any] = []

    def hear(event: events.SecurityEvent, **_: Any) -> None:
        events_of.append(event)

    security_event.connect(hear, sender=EventKind.TOKEN_REUSED)
    try:
        events.publish(EventKind.TOKEN_REUSED, user_id="1")
        events.publish(EventKind.KEY_CREATED)
    finally:
        security_event.disconnect(hear)
    assert [(event.kind, event.user_id) for event in events_of] == [(EventKind.TOKEN_REUSED, "1")]


def test_what_attackers_can_cause_is_sampled(lines: Any, monkeypatch: Any) -> None:
    at = 1000.0
    monkeypatch.setattr(events.clock, "monotonic", lambda: at)
    for _ in range(5):
        events.publish_sampled(EventKind.TOKEN_UNKNOWN)
    at += events.SAMPLE_SECONDS
    events.publish_sampled(EventKind.TOKEN_UNKNOWN)
    found = [json.loads(line)["left_out"] for line in lines()]
    assert found[-1] == 4
    assert len(found) == 2
