"""A user changed inside a project's own transaction, during which a device refreshes: the change goes through."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections, transaction

from django_bearer import events, issue_session, revoke_user
from django_bearer.models import SecurityEventRecord, Session, UserTokenVersion
from tests import databases

from .test_session_revocation import change_password, deactivate, delete
from .threads import Api, ThreadGroup

pytestmark = pytest.mark.parametrize("atomic_requests", [False], indirect=True, ids=["plain"])
CHANGES = {change_password: "password_changed", deactivate: "user_inactive", delete: "user_deleted"}


@pytest.fixture(params=databases.EVERY[1:3])
def database(request: pytest.FixtureRequest) -> Any:
    """PostgreSQL, at READ COMMITTED and at REPEATABLE READ."""
    with databases.use(request.param):
        yield request.param


@pytest.mark.parametrize("change", CHANGES)
def test_a_refresh_in_between(
    api: Api, threads: ThreadGroup, place: str, user: Any, change: Callable[[Api, Any, Any], object]
) -> None:
    issued = issue_session(user)
    with transaction.atomic(using=place):
        seen = get_user_model().objects.get(pk=user.pk)  # the transaction sees the session as it is now
        (reply,) = threads.run([partial(api.refresh, issued.refresh_token or "")])
        change(api, seen, issued)
        assert not connections[place].needs_rollback
    assert reply.status == 200
    assert Session.objects.get().revoked_cause == CHANGES[change]
    kind = events.EventKind.PASSWORD_CHANGED if change is change_password else events.EventKind.USER_DISABLED
    assert SecurityEventRecord.objects.filter(kind=kind.value).count() == 1
    assert {api.get("/drf/", token).status for token in (issued.access_token, reply.body["access_token"])} == {401}
    assert api.refresh(reply.body["refresh_token"]).status == 401


@pytest.mark.parametrize("change", [deactivate, delete])
def test_a_first_logout_everywhere_in_between(
    api: Api, threads: ThreadGroup, place: str, user: Any, change: Callable[[Api, Any, Any], object]
) -> None:
    """It makes the row of the user's epoch, which the transaction at REPEATABLE READ never sees."""
    issued = issue_session(user)
    with transaction.atomic(using=place):
        seen = get_user_model().objects.get(pk=user.pk)
        threads.run([partial(revoke_user, user)])
        change(api, seen, issued)
        assert not connections[place].needs_rollback
    assert UserTokenVersion.objects.get().epoch == 2


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_is_taken_back_ends_nothing(
    api: Api, threads: ThreadGroup, place: str, user: Any, change: Callable[[Api, Any, Any], object]
) -> None:
    issued = issue_session(user)
    with transaction.atomic(using=place):
        seen = get_user_model().objects.get(pk=user.pk)
        (reply,) = threads.run([partial(api.refresh, issued.refresh_token or "")])
        change(api, seen, issued)
        transaction.set_rollback(True, using=place)
    assert Session.objects.get().revoked_at is None
    assert api.get("/drf/", reply.body["access_token"]).status == 200


def test_the_session_ends_in_the_transaction_where_nobody_is_in_the_way(api: Api, place: str, user: Any) -> None:
    issue_session(user)
    with transaction.atomic(using=place):
        change_password(api, get_user_model().objects.get(pk=user.pk), None)
        assert Session.objects.get().revoked_cause == "password_changed"
