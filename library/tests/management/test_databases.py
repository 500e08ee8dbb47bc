"""`--database`: where each tenant has a database of its own, a command acts on the one that is named alone."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_bearer.models import Issuer, RevokedToken, SecurityEventRecord, SigningKey

HERE, THERE = "default", "postgres"
pytestmark = pytest.mark.django_db(transaction=True, databases=[HERE, THERE])


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, "--database", THERE, stdout=out)
    return out.getvalue()


def left(model: Any) -> list[int]:
    return [model.objects.using(alias).count() for alias in (HERE, THERE)]


def test_a_restored_database_is_made_safe() -> None:
    run("bearer_invalidate_after_restore", "--yes")
    assert Issuer.objects.using(THERE).get().epoch == 1
    assert left(Issuer) == [0, 1]


def test_keys_are_changed() -> None:
    run("bearer_keys", "rotate")
    assert left(SigningKey) == [0, 2]


def test_what_is_over_is_deleted() -> None:
    for alias in (HERE, THERE):
        row = RevokedToken(digest=b"x" * 32, kind="token", identifier="x", revoked_at=0, expires_at=0)
        row.save(using=alias)
    run("bearer_purge")
    assert left(RevokedToken) == [1, 0]


def test_events_are_erased() -> None:
    for alias in (HERE, THERE):
        SecurityEventRecord(kind="authn_login", first_at=0, last_at=0, user_id="7", details={}).save(using=alias)
    run("bearer_events", "erase", "--user", "7")
    assert [SecurityEventRecord.objects.using(alias).get().user_id for alias in (HERE, THERE)] == ["7", ""]


def test_a_name_that_is_no_database_is_refused() -> None:
    with pytest.raises(CommandError, match="no database 'three'"):
        call_command("bearer_invalidate_after_restore", "--database", "three")
