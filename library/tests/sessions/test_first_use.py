"""A session whose tokens nobody shows ends in three days; one that is used lives as its settings have it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from django_bearer import decode_token, errors, is_token_revoked, issue_session, refresh_session
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions import first_use
from django_bearer.sessions.first_use import FIRST_USE_WITHIN
from tests.asking import BILLING, configured

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86_400


def get(token: str, path: str = "/plain/") -> int:
    return int(Client().get(path, headers={"Authorization": f"Bearer {token}"}).status_code)


def alive(user: Any) -> int:
    """As the list of sessions counts them, from a session of its own."""
    headers = {"Authorization": f"Bearer {issue_session(user).access_token}"}
    return len(Client().get("/auth/sessions/", headers=headers).json()["sessions"]) - 1


def test_an_answer_that_nobody_got_leaves_no_session_for_long(ann: Any) -> None:
    lost = issue_session(ann)
    assert alive(ann) == 1
    clock.advance(FIRST_USE_WITHIN + 1)
    assert alive(ann) == 1, "the one that listed them days ago, and was used for it"
    with pytest.raises(errors.SessionEnded, match="within days"):
        refresh_session(lost.refresh_token or "")


def test_tokens_for_other_services_may_be_shown_there_alone(ann: Any) -> None:
    with configured():
        issued = issue_session(ann, client_id="phone", resource=[BILLING])
        clock.advance(13 * DAY)
        assert refresh_session(issued.refresh_token or "", client_id="phone").rotated


def test_who_only_looks_uses_nothing(ann: Any, tmp_path: Path) -> None:
    (tmp_path / "headers.txt").write_text(issue_session(ann).access_token)
    words = ["https://testserver/plain/", "--headers", str(tmp_path / "headers.txt")]
    out = StringIO()
    call_command("bearer_doctor", *words, stdout=out)
    assert "ok   token        good" in out.getvalue()
    assert Session.objects.get().unused


@pytest.mark.parametrize("path", ["/plain/", "/drf/", "/auth/verify/"])
def test_an_access_token_that_was_shown_once_is_enough(path: str, ann: Any) -> None:
    issued = issue_session(ann)
    if "verify" in path:
        body = {"token": issued.access_token}
        assert Client().post(path, body, content_type="application/json").status_code == 200
    else:
        assert get(issued.access_token, path) == 200
    clock.advance(13 * DAY)
    assert refresh_session(issued.refresh_token or "").rotated


def test_a_refresh_is_a_use(ann: Any) -> None:
    issued = issue_session(ann)
    clock.advance(FIRST_USE_WITHIN - 1)
    again = refresh_session(issued.refresh_token or "")
    clock.advance(13 * DAY)
    assert refresh_session(again.refresh_token or "").rotated


def test_a_token_that_is_refused_is_no_use(ann: Any) -> None:
    """Nor does it bring a session back that has ended."""
    issued = issue_session(ann)
    clock.advance(3600)  # the access token has expired
    assert get(issued.access_token) == 401
    assert Session.objects.get().unused
    Session.objects.update(revoked_at=1, revoked_cause="logout")
    assert is_token_revoked(issued.access_token)
    assert Session.objects.get().unused


def test_the_absolute_end_stays(ann: Any) -> None:
    issued = issue_session(ann)
    before = Session.objects.get()
    assert get(issued.access_token) == 200
    after = Session.objects.get()
    assert after.ends_at == before.ends_at
    assert after.idle_ends_at <= after.ends_at
    assert not after.unused


def test_a_client_whose_sessions_are_idle_sooner_keeps_its_own_end(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "SESSION_IDLE_LIFETIME": 600}
    issue_session(ann)
    row = Session.objects.get()
    assert not row.unused
    assert row.idle_ends_at - row.created_at == 600 * clock.SECOND


def test_one_statement_in_the_lifetime_of_a_session(ann: Any) -> None:
    issued = issue_session(ann)
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert get(issued.access_token) == 200
        counts.append(sum(query["sql"].startswith("UPDATE") for query in queries))
    assert counts == [1, 0, 0]


def test_in_a_callers_transaction_nothing_is_written(ann: Any) -> None:
    issued = issue_session(ann)
    with transaction.atomic():
        assert decode_token(issued.access_token)
    assert Session.objects.get().unused
    assert decode_token(issued.access_token)
    assert not Session.objects.get().unused


def test_a_database_that_takes_no_note_refuses_nobody(ann: Any, monkeypatch: Any, caplog: Any) -> None:
    tried = []

    def fail(row: Any) -> None:
        tried.append(row.id)
        raise DatabaseError("read only")

    issued = issue_session(ann)
    with monkeypatch.context() as patch:
        patch.setattr(first_use, "_note", fail)
        assert [get(issued.access_token) for _ in range(3)] == [200] * 3
    assert len(tried) == 1, "and is not asked again at once"
    assert "first use of a session was not noted" in caplog.text
    clock.advance(61)
    assert get(issued.access_token) == 200
    assert not Session.objects.get().unused
