"""Logins without the second factor: known for a week, also where their session is purged before (CWE-640)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from django_bearer import issue_session, revoke_user
from django_bearer.accounts import weak_logins
from django_bearer.models import AccountToken, Session
from django_bearer.primitives import clock
from django_bearer.recovery import email_undo
from django_bearer.sessions.cleanup import purge
from tests.endpoints.test_second_factor import ENROLLED, Factor

pytestmark = pytest.mark.django_db(transaction=True)
NAME, DAY = "ann@example.com", 86_400


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {
        **settings.BEARER,
        "SECOND_FACTOR": Factor,
        "EMAIL_UNDO_URL": "https://app.example.com/undo#{token}",
        "SESSION_LIFETIME": DAY // 2,
        "SESSION_IDLE_LIFETIME": DAY // 4,
    }
    with clock.frozen():
        yield
    ENROLLED.clear()


@pytest.mark.parametrize(
    ("methods", "weak"),
    [
        ({"pwd", "otp"}, False),
        ({"pwd", "remembered"}, False),
        ({"otp", "mca"}, False),
        ({"pwd", "mfa"}, False),
        ({"pwd"}, True),
        (set(), True),
    ],
)
def test_which_logins_are_weak(methods: set[str], weak: bool) -> None:
    assert weak_logins.is_weak(frozenset(methods)) is weak


def log_in(user: Any, *methods: str) -> None:
    """Before the user has a factor, or with it."""
    issue_session(user, amr=methods)


def test_a_factor_that_was_added_after_a_login_without_is_not_settled_once_the_session_is_purged(ann: Any) -> None:
    """Whoever has taken the account logs in, adds a factor, and waits until the row of the session is gone."""
    log_in(ann, "pwd")
    ENROLLED.add(NAME)
    revoke_user(ann)
    clock.advance(2 * DAY)
    purge()
    assert not Session.objects.exists()
    assert not email_undo.has_settled_factor(ann)
    clock.advance(5 * DAY + 1)
    assert email_undo.has_settled_factor(ann), "a week after the login"
    clock.advance(DAY)
    purge()
    assert not AccountToken.objects.exists()


def test_the_latest_of_several_counts_whatever_is_purged_first(ann: Any) -> None:
    log_in(ann, "pwd")
    clock.advance(2 * DAY)
    purge()
    log_in(ann, "pwd")
    clock.advance(2 * DAY)
    purge()
    ENROLLED.add(NAME)
    clock.advance(5 * DAY - 1)
    assert not email_undo.has_settled_factor(ann)
    clock.advance(2)
    assert email_undo.has_settled_factor(ann)


def test_a_login_with_the_factor_leaves_nothing(ann: Any) -> None:
    ENROLLED.add(NAME)
    log_in(ann, "pwd", "otp", "mfa")
    clock.advance(2 * DAY)
    purge()
    assert not Session.objects.exists()
    assert not AccountToken.objects.exists()
    assert email_undo.has_settled_factor(ann)


def test_a_login_whose_time_was_taken_back_counts(ann: Any) -> None:
    """A refresh from elsewhere, where `ON_CONTEXT_CHANGE` is `step_up`."""
    log_in(ann, "pwd")
    Session.objects.update(authenticated_at=0)
    ENROLLED.add(NAME)
    assert not email_undo.has_settled_factor(ann)


def test_on_every_database(database: str, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user(NAME)
    for _ in range(2):
        log_in(user, "pwd")
        clock.advance(2 * DAY)
        purge()
    ENROLLED.add(NAME)
    assert not email_undo.has_settled_factor(user)
    assert AccountToken.objects.count() == 1
