"""Purge: what is over goes, what can still decide stays (OB-03)."""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.core.management import call_command

from django_bearer import issue_session, revoke_session, revoke_token
from django_bearer.models import RevokedToken, Session
from django_bearer.primitives import clock
from django_bearer.sessions import cleanup
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


def test_each_login_removes_more_than_it_adds(ann: Any) -> None:
    with clock.frozen():
        for _ in range(20):
            issue_session(ann)
        clock.advance(32 * DAY)
        for _ in range(4):
            assert login().status_code == 200
        assert Session.objects.count() == 4


def test_command_counts_and_deletes(ann: Any) -> None:
    with clock.frozen():
        issue_session(ann)
        clock.advance(32 * DAY)
        out = StringIO()
        call_command("bearer_purge", "--dry-run", stdout=out)
        call_command("bearer_purge", "--batch", "0", stdout=out)
    assert out.getvalue() == "1 rows are over.\n1 rows deleted.\n"
