"""No row of one test reaches the next, on any database, and what Django itself puts there is always there."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections

from django_bearer import issue_session
from django_bearer.models import RateLimitCounter, SecurityEventRecord, Session, SigningKey

from .emptying.management.commands.flush import tables_of


def flush(alias: str) -> None:
    call_command("flush", verbosity=0, interactive=False, database=alias)


def test_all_rows_go_and_permissions_stay(database: str) -> None:
    flush(database)
    before = set(Permission.objects.values_list("codename", flat=True))
    user = User.objects.create_user("ann")
    user.user_permissions.add(Permission.objects.all()[0])
    issue_session(user)
    assert Session.objects.exists()
    assert tables_of(database)  # emptied in the short way
    flush(database)
    for model in (User, Session, SigningKey, SecurityEventRecord, RateLimitCounter, User.user_permissions.through):
        assert not model.objects.exists(), model
    assert set(Permission.objects.values_list("codename", flat=True)) == before != set()


@pytest.mark.parametrize("is_made", [False, True], ids=["deleted", "made"])
def test_a_permission_that_a_test_makes_or_deletes_is_put_right(database: str, is_made: bool) -> None:
    flush(database)
    before = set(Permission.objects.values_list("codename", flat=True))
    if is_made:
        Permission.objects.create(codename="fly", name="Can fly", content_type=ContentType.objects.all()[0])
    else:
        Permission.objects.all()[0].delete()
    flush(database)
    assert set(Permission.objects.values_list("codename", flat=True)) == before


def test_a_missing_table_is_no_reason_to_leave_rows(database: str) -> None:
    flush(database)
    User.objects.create_user("ann")
    editor = connections[database].schema_editor
    with editor() as change:
        change.delete_model(RateLimitCounter)
    try:
        flush(database)
        assert not User.objects.exists()
    finally:
        with editor() as change:
            change.create_model(RateLimitCounter)
    RateLimitCounter.objects.create(slot=1, period=1, count=1)
    flush(database)
    assert not RateLimitCounter.objects.exists()
