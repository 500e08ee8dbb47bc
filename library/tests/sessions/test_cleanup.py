"""Purge: what is over goes, what can still decide stays (OB-03)."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test import RequestFactory

from django_bearer import issue_session, revoke_session, revoke_token
from django_bearer.models import RevokedToken, Session
from django_bearer.primitives import clock
from django_bearer.sessions import cleanup
from tests.conftest import PASSWORD
from tests.endpoints.test_login import login

DAY = 86_400


def test_a_revoked_session_is_kept_until_its_absolute_end(ann: Any) -> None:
    with clock.frozen():
        revoke_session(issue_session(ann).session_id)
        clock.advance(30 * DAY)
        assert cleanup.purge() == 0
        clock.advance(DAY + 1)
        assert cleanup.purge() == 1
    assert not Session.objects.exists()


def test_a_revocation_is_kept_for_as_long_as_its_token_could_live(ann: Any) -> None:
    with clock.frozen():
        assert revoke_token(issue_session(ann).access_token)
        clock.advance(DAY)
        assert cleanup.purge() == 0
        clock.advance(400)
        assert cleanup.purge() == 1
    assert not RevokedToken.objects.exists()


def test_batches_are_small_and_told(ann: Any) -> None:
    with clock.frozen():
        for _ in range(7):
            issue_session(ann)
        clock.advance(32 * DAY)
        sizes: list[int] = []
        assert cleanup.purge(3, sizes.append) == 7
        assert sizes == [3, 3, 1]


def test_logins_remove_more_than_they_add(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "ONE_IN", 1)
    with clock.frozen():
        for _ in range(20):
            issue_session(ann)
        clock.advance(32 * DAY)
        assert login().status_code == 200
        assert Session.objects.count() == 1


def test_the_lot_falls_on_as_many_logins_as_pay_for_what_they_add() -> None:
    assert cleanup.A_LITTLE / 4 >= 2 * cleanup.ONE_IN


@pytest.mark.django_db(transaction=True)
def test_rows_are_removed_when_the_answer_has_been_sent(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "ONE_IN", 1)
    seen: list[int] = []

    def count(**_: Any) -> None:
        seen.append(Session.objects.count())

    with clock.frozen():
        issue_session(ann)
        clock.advance(32 * DAY)
        with monkeypatch.context() as patch:
            patch.setattr(cleanup, "purge_a_little", count)
            handler = WSGIHandler()
            body = json.dumps({"username": "ann@example.com", "password": PASSWORD}).encode()
            environ = RequestFactory().post("/auth/login/", body, content_type="application/json").environ
            response = handler(environ, lambda status, headers: None)
            assert b"access_token" in b"".join(response)
            assert seen == []
            response.close()
            assert seen == [2]


def test_command_counts_and_deletes(ann: Any) -> None:
    with clock.frozen():
        issue_session(ann)
        clock.advance(32 * DAY)
        out = StringIO()
        call_command("bearer_purge", "--dry-run", stdout=out)
        call_command("bearer_purge", "--batch", "0", stdout=out)
    assert out.getvalue() == "1 rows are over.\n1 rows deleted.\n"
